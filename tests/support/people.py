"""Thirty invented persons, whose identifiers are planted: addresses and telephones in the forms that people write."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple
from urllib.parse import quote

NAMES = [
    head + tail
    for head, tail in product(
        ("brax", "dwyn", "fjor", "gwil", "krav"), ("omblet", "ustenq", "ivander", "elshaw", "orrigan", "abrook")
    )
]
ADDRESSES = (
    "{name}@example.org",
    "{NAME}@EXAMPLE.ORG",
    "a.{name}+shop@mail.example.co.uk",
    "{name}_1975@sub-domain.example.travel",
    "zoë.{name}@bücher.example",
    "o'{name}@example.ie",
    "{name}＠example.org",
    "{name}%40example.org",
    "{name}%2540example.org",
    '"a {name}"@example.org',
)
TELEPHONES = ("+33 6 12 34 56 {:02}", "+1 (555) 625-11{:02}", "0033 6 55 44 33 {:02}", "06.98.76.54.{:02}")


class Person(NamedTuple):
    """One of them; `number` is the shop's for them."""

    name: str
    mail: str
    phone: str
    number: int

    @property
    def escaped(self) -> str:
        """The address as a part of a URL."""
        return quote(self.mail, safe="")

    @property
    def digits(self) -> str:
        """The telephone as machines write it."""
        return "".join(sign for sign in self.phone if sign.isdigit())

    @property
    def words(self) -> tuple[str, ...]:
        """What must be found nowhere, in small letters: every form of the address holds the name.

        The shop's number is kept where its rows are.
        """
        return self.name, self.phone, self.digits


PEOPLE = [
    Person(
        name,
        ADDRESSES[place % len(ADDRESSES)].format(name=name, NAME=name.upper()),
        TELEPHONES[place % len(TELEPHONES)].format(place),
        7103394054001 + place * 1117,
    )
    for place, name in enumerate(NAMES)
]
PLANTED = [word for person in PEOPLE for word in person.words]
