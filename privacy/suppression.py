"""pii.suppressed: who was erased, as keyed digests. Landing, shop sync and stream ask it, so that nobody comes back.

The digest is keyed (COMPTOIR_SUPPRESSION_KEY) and joins to nothing: with the database alone nobody can be named by it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import psycopg

from comptoir.settings import get_settings

# until when all of somebody is forgotten who objected: a year that Python and Postgres show in every time zone
FOR_GOOD = datetime(9000, 1, 1, tzinfo=UTC)

Kind = Literal["customer", "visitor"]  # the shop's number; an id in clicks: a browser's, or a customer's pseudonym


@dataclass(frozen=True)
class Suppression:
    """The list under one key."""

    key: str

    def digest(self, kind: Kind, value: str) -> bytes:
        """HMAC-SHA256 of an identifier; kinds never meet."""
        return hmac.digest(self.key.encode(), f"{kind}\0{value}".encode(), hashlib.sha256)

    def known(self, connection: psycopg.Connection, kind: Kind, values: Iterable[str]) -> dict[str, datetime]:
        """Those of the values that were erased -> what was collected until then is forgotten. Raises psycopg.Error."""
        if not self.is_used(connection):
            return {}
        digests = {self.digest(kind, value): value for value in set(values)}
        rows = connection.execute(
            "select digest, erased_before from pii.suppressed where digest = any(%s)", [list(digests)]
        )
        return {digests[bytes(digest)]: before.astimezone(UTC) for digest, before in rows}

    def is_used(self, connection: psycopg.Connection) -> bool:
        """Whether anybody was erased: asked first, because it costs nothing."""
        row = connection.execute("select exists (select from pii.suppressed)").fetchone()
        return bool(row and row[0])

    def add(
        self, connection: psycopg.Connection, identifiers: Iterable[tuple[Kind, str]], erased_before: datetime
    ) -> list[bytes]:
        """Suppress these in the caller's transaction; returns their digests."""
        digests = [self.digest(kind, value) for kind, value in identifiers]
        add_digests(connection, digests, erased_before)
        return digests


def add_digests(connection: psycopg.Connection, digests: list[bytes], erased_before: datetime) -> None:
    """As `Suppression.add`, for digests from the journal."""
    connection.execute(
        "insert into pii.suppressed as known (digest, erased_before) select unnest(%s::bytea[]), %s"
        " on conflict (digest) do update set erased_before = greatest(known.erased_before, excluded.erased_before)",
        [sorted(set(digests)), erased_before],
    )


def suppression() -> Suppression:
    """The list under the key of the settings: no caller can forget to hand it on."""
    return Suppression(get_settings().suppression_key.get_secret_value())
