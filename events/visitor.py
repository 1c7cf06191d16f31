"""Typed properties of page, identify and alias messages: where visitors are, and who they are.

Page: Segment's "Spec: Page". Identify and alias as the collector writes them: of the traits only those that many
people share.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Text = Annotated[str, Meta(max_length=8_192)]
Code = Annotated[str, Meta(max_length=100)]


class PageView(Struct, frozen=True, kw_only=True):
    """A page that was opened; the message's own `name` may name it too."""

    name: Text | None = None
    path: Text | None = None
    url: Text | None = None
    referrer: Text | None = None
    title: Text | None = None
    search: Text | None = None
    keywords: list[Text] | Text | None = None


class Traits(Struct, frozen=True, kw_only=True, rename="camel"):
    """What an identify says about the visitor; `created_at` is when the account was made, in the shop's own format."""

    country: Code | None = None
    language: Code | None = None
    currency: Code | None = None
    locale: Code | None = None
    created_at: Code | int | float | None = None


class Alias(Struct, frozen=True, kw_only=True, rename="camel"):
    """The visitor known as `previous_id` turned out to be the customer of the message's `userId`."""

    previous_id: Annotated[str, Meta(min_length=1, max_length=255)]
