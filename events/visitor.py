"""Typed properties of all messages but track: where visitors are, who they are, and that they said no.

Page: Segment's "Spec: Page". Identify and alias as the collector writes them: of the traits only those that many
people share.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from events.bounds import Amount, Bounded, Code, Identifier, Label, Text, Url


class PageView(Bounded, kw_only=True):
    """A page that was opened, or a screen of an app; the message's own `name` may name it too."""

    name: Text | None = None
    category: Label | None = None
    path: Url | None = None
    url: Url | None = None
    referrer: Url | None = None
    title: Text | None = None
    search: Url | None = None
    keywords: Annotated[list[Text], Meta(max_length=100)] | Text | None = None


class Traits(Bounded, kw_only=True, rename="camel"):
    """What an identify says about the visitor; `created_at` is when the account was made, in the shop's own format."""

    country: Code | None = None
    language: Code | None = None
    currency: Code | None = None
    locale: Code | None = None
    created_at: Code | Amount | None = None


class Alias(Bounded, kw_only=True, rename="camel"):
    """The visitor known as `previous_id` turned out to be the customer of the message's `userId`."""

    previous_id: Identifier


class Group(Bounded, kw_only=True, rename="camel"):
    """The visitor acts for a company, whose id is pseudonymised like a customer's."""

    group_id: Identifier


class Withdrawal(Bounded, kw_only=True):
    """The visitor does not agree to analytics (any more): nothing but whose no it is, and when it was said."""
