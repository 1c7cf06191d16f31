"""What the context of an event may say, by name: Segment's "Spec: Common Fields", and our `sessionId` and `consent`.

Everything else a client puts there is dropped: device ids, advertising ids, locations and traits name a person.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from events.bounds import Bounded, Code, Identifier, Key, Label, Money, Text, Url

# parameters that an advertiser, a marketplace or a mailing service adds to a link. Which of them the address of a page
# had is kept, their values never: each names one click of one person
ClickId = Literal[
    "gclid", "gbraid", "wbraid", "gad_source", "dclid", "srsltid", "msclkid", "fbclid", "igshid", "ttclid", "twclid",
    "li_fat_id", "epik", "rdt_cid", "sccid", "qclid", "yclid", "irclickid", "mc_cid", "_kx",
]  # fmt: skip


class Page(Bounded, kw_only=True):
    """Where the visitor is; query strings hold only what the collector allows."""

    path: Url | None = None
    url: Url | None = None
    referrer: Url | None = None
    search: Url | None = None
    title: Text | None = None


class Campaign(Bounded, kw_only=True):
    """The utm parameters with which the visitor came."""

    name: Label | None = None
    source: Label | None = None
    medium: Label | None = None
    term: Label | None = None
    content: Label | None = None


class Device(Bounded, kw_only=True):
    """What kind of device; no id and no name of it."""

    type: Key | None = None
    manufacturer: Key | None = None
    model: Key | None = None


class Named(Bounded, kw_only=True):
    """An operating system, an app or the library that sent the event."""

    name: Key | None = None
    version: Code | None = None
    build: Code | None = None


class Screen(Bounded, kw_only=True):
    """Size of the screen or window, in pixels."""

    width: Money | None = None
    height: Money | None = None
    density: Money | None = None


class Agreed(Bounded, kw_only=True, omit_defaults=False):
    """What the visitor agreed to, as the collector understood it."""

    analytics: bool = True
    personalisation: bool = True


class Context(Bounded, kw_only=True, rename="camel"):
    """All that is kept of a context."""

    ip: Code | None = None
    user_agent: Text | None = None
    locale: Code | None = None
    timezone: Code | None = None
    session_id: Identifier | None = None
    page: Page | None = None
    campaign: Campaign | None = None
    click_ids: Annotated[list[ClickId], Meta(max_length=20)] | None = None
    device: Device | None = None
    os: Named | None = None
    app: Named | None = None
    library: Named | None = None
    screen: Screen | None = None
    consent: Agreed | None = None


CONTEXT_FIELDS = frozenset(Context.__struct_encode_fields__)
