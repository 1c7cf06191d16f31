"""List requests of the REST API: filters, order, page size, and the `page_info` that leads to the next page.

Source: Shopify's REST reference, "Make paginated requests to the REST Admin API".
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request

DEFAULT_LIMIT, MAX_LIMIT = 50, 250
ORDER_COLUMNS = ("id", "created_at", "updated_at", "processed_at")


class BadParameter(ValueError):
    """A query parameter cannot be used; answered with 400 and this message."""


@dataclass(frozen=True, slots=True)
class Page:
    """The filters, order and position of a list request. All of it is encoded in `page_info`."""

    order: str = "id asc"
    after: tuple[int, int] | None = None
    created_at_min: str | None = None
    created_at_max: str | None = None
    updated_at_min: str | None = None
    updated_at_max: str | None = None
    since_id: int | None = None
    ids: str | None = None
    status: str = "open"

    @classmethod
    def of(cls, request: Request) -> Page:
        """The request's page. Raises BadParameter for a `page_info` that is not ours and for an invalid `since_id`."""
        given = dict(request.query_params)
        try:
            if "page_info" in given:
                known = json.loads(base64.urlsafe_b64decode(given["page_info"]))
                return cls(**{**known, "after": tuple(known["after"])})
            known = {name: given[name] for name in cls.__slots__ if name in given and name != "after"}
            since = int(known.pop("since_id", 0)) or None
            return cls(**known, since_id=since)
        except (ValueError, TypeError, KeyError) as error:
            raise BadParameter(f"invalid page_info or since_id: {error}") from error

    def next(self, after: tuple[int, int]) -> str:
        """The `page_info` of the following page; `after` is the last row of this one, as in `Selection`."""
        kept = {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}
        return base64.urlsafe_b64encode(json.dumps({**kept, "after": after}).encode()).decode()

    def selection(self) -> dict[str, Any]:
        """The arguments for the store's `Selection`. Raises BadParameter for an unknown order or an invalid time."""
        column, _, direction = self.order.partition(" ")
        if column not in ORDER_COLUMNS:
            raise BadParameter(f"cannot order by {column!r}; known are {', '.join(ORDER_COLUMNS)}")
        return {
            "order_by": {"processed_at": "created_at"}.get(column, column),
            "descending": direction == "desc",
            "after": self.after,
            "created_from": _time(self.created_at_min, round_up=True),
            "created_to": _time(self.created_at_max),
            "updated_from": _time(self.updated_at_min, round_up=True),
            "updated_to": _time(self.updated_at_max),
        }

    def matches(self, row_id: int) -> bool:
        """Whether a row is within `since_id` and `ids`, which the store does not filter by."""
        return (self.since_id is None or row_id > self.since_id) and (
            self.ids is None or str(row_id) in self.ids.split(",")
        )


def page_size(request: Request) -> int:
    """The parameter `limit`, at most MAX_LIMIT. Raises BadParameter when it is no number."""
    try:
        limit = int(request.query_params.get("limit", DEFAULT_LIMIT))
    except ValueError as error:
        raise BadParameter("limit must be a whole number") from error
    return max(1, min(limit, MAX_LIMIT))


def _time(text: str | None, round_up: bool = False) -> datetime | None:
    """A bound in whole seconds; a fraction is rounded up for lower bounds, down for upper ones."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a "+" that was not escaped arrives as a space
    except ValueError as error:
        raise BadParameter(f"{text!r} is not an ISO 8601 time") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    whole = moment.replace(microsecond=0)
    return whole + timedelta(seconds=1) if round_up and moment > whole else whole
