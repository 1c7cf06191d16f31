"""Who an event speaks of: ids that mean nobody are none, and ids that could name a person become pseudonyms."""

from __future__ import annotations

import re
from typing import NamedTuple

from events.fitting import GLOBAL_ID
from privacy.pseudonym import pseudonym
from privacy.signed_user_id import is_signed, number_of

# what scripts write where there is no id
NOBODY = frozenset(
    {
        "", "0", "-1", "undefined", "null", "none", "nan", "nil", "false", "true", "guest", "anonymous", "anon",
        "unknown", "n/a", "na", "-", "[object object]", "00000000-0000-0000-0000-000000000000",
    }
)  # fmt: skip
# letters, digits and the signs of common id schemes; no @, no space, nothing that a name could hold
VISITOR_ID = re.compile(r"[A-Za-z0-9._:|=~+/-]{1,255}")
# analytics.js and our own tracker give visitors random UUIDs; what else an alias may name is not known
RANDOM_ID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


class Proof(NamedTuple):
    """What makes a customer's number count. Without a secret it counts whoever sends it."""

    secret: str = ""  # of the shop's signatures
    is_server: bool = False  # the request came with the server key

    def holds_for(self, value: str | int) -> bool:
        """Whether the sender may speak of this customer."""
        return not self.secret or self.is_server or is_signed(str(value).strip(), self.secret)


ANYBODY = Proof()


def customer_id(value: str | int | None, proof: Proof = ANYBODY) -> str | None:
    """The shop's number of a customer as plain text: without spaces, signature and Shopify's `gid://`.

    None for nobody, and for a customer of whom the sender may not speak.
    """
    if value is None or not proof.holds_for(value):
        return None
    text = number_of(str(value).strip())
    if found := GLOBAL_ID.fullmatch(text):
        text = found[1]
    return None if text.lower() in NOBODY else text


def visitor_id(value: str | int | None, key: str) -> str | None:
    """The id of a visitor; a keyed digest of what is no id, as a mail address; None for nobody."""
    if value is None:
        return None
    text = str(value).strip()
    if text.lower() in NOBODY:
        return None
    return text if VISITOR_ID.fullmatch(text) else pseudonym(text, key)


def previous_id(value: str | int | None, anonymous_id: str | None, key: str, proof: Proof = ANYBODY) -> str | None:
    """Whom an alias joins to the customer: a visitor if it is plainly one, else the pseudonym of a customer."""
    text = customer_id(value)
    if text is None:
        return None
    if text == anonymous_id or RANDOM_ID.fullmatch(text):
        return text
    customer = customer_id(value, proof)
    return pseudonym(customer, key) if customer else None
