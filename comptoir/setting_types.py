"""Types of the settings that pydantic does not have: each refuses a mistake with what is wrong and what to do.

A validator's message continues the sentence "COMPTOIR_X is 'value': ...".
"""

from __future__ import annotations

import json
import re
from datetime import time
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl, PostgresDsn
from pydantic_settings import NoDecode

from comptoir.postgres_url import split_url


def _none_if_empty(value: Any) -> Any:
    """`COMPTOIR_X=` in `.env` means that X is not set."""
    return None if value == "" else value


def _usable_by_every_client(value: Any) -> Any:
    if isinstance(value, str) and value:
        split_url(value)
    return _none_if_empty(value)


def _listed(value: Any) -> Any:
    """A list written as JSON, or as words separated by commas."""
    if not isinstance(value, str):
        return value
    if not value.lstrip().startswith("["):
        return [word.strip() for word in value.split(",") if word.strip()]
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError('write a list as ["one", "two"]') from None


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    """What is named twice is meant once."""
    return tuple(dict.fromkeys(values))


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError):
        raise ValueError("no such time zone: write one of the IANA database, as Europe/Paris") from None
    return value


def _currency(value: str) -> str:
    if not (len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()):
        raise ValueError("write the three letters of ISO 4217, as EUR")
    return value


def _price_list(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}|[0-9]{1,6}", value):
        raise ValueError("write a currency of the shop's markets, as USD, or the number of a customer group, as 3")
    return value


def _brokers(value: str) -> str:
    for broker in value.split(",") if value else []:
        host, _, port = broker.strip().rpartition(":")
        if not host or not port.isdigit():
            raise ValueError("write Kafka's brokers as host:port, separated by commas")
    return value


HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?")


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or value != f"{parts.scheme}://{parts.netloc}":
        raise ValueError("write an origin as https://shop.example.com, without a path or a final slash")
    return value


def _host(value: str) -> str:
    host = value.strip().lower().removeprefix("www.")
    if not HOST.fullmatch(host):
        raise ValueError("write a host as shop.example.com, without https:// and without a path")
    return host


def _network(value: str) -> str:
    try:
        ip_network(value)
    except ValueError:
        raise ValueError("write a network as 10.0.0.0/8") from None
    return value


def _quiet_hours(value: Any) -> Any:
    """`22:00-07:00` as two times of the day; they may span midnight."""
    if not isinstance(value, str) or not value:
        return _none_if_empty(value)
    begin, _, end = value.partition("-")
    try:
        hours = time.fromisoformat(begin.strip()), time.fromisoformat(end.strip())
    except ValueError:
        raise ValueError("write the hours as 22:00-07:00") from None
    if hours[0] == hours[1]:
        raise ValueError("they begin when they end: write the hours as 22:00-07:00")
    return hours


def _reader(value: str) -> str:
    return value if value == "null" else _origin(value)


def _refresh_minutes(value: int) -> int:
    if value and (value < 10 or 60 % value):
        raise ValueError("write 10, 12, 15, 20, 30 or 60 minutes, or 0 for the daily run alone")
    return value


RefreshMinutes = Annotated[int, AfterValidator(_refresh_minutes)]
Port = Annotated[int, Field(ge=1, le=65535)]
Share = Annotated[float, Field(ge=0, le=1)]
Currency = Annotated[str, AfterValidator(_currency)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Brokers = Annotated[str, AfterValidator(_brokers)]
Origin = Annotated[str, AfterValidator(_origin)]
Host = Annotated[str, AfterValidator(_host)]
# "null" is what a sandboxed frame says, as those that Shopify runs pixels in
ReadingOrigin = Annotated[str, AfterValidator(_reader)]
Network = Annotated[str, AfterValidator(_network)]
Listed = (NoDecode, BeforeValidator(_listed))  # for Annotated[list[...], *Listed]
EachOnce = AfterValidator(_each_once)
OptionalPath = Annotated[Path | None, BeforeValidator(_none_if_empty)]
OptionalUrl = Annotated[HttpUrl | None, BeforeValidator(_none_if_empty)]
# shown nowhere: it holds a password
DatabaseUrl = Annotated[PostgresDsn | None, BeforeValidator(_usable_by_every_client), Field(repr=False)]
QuietHours = tuple[time, time]  # begin and end, in the shop's time zone
OptionalQuietHours = Annotated[QuietHours | None, NoDecode, BeforeValidator(_quiet_hours)]

ShopPlatform = Literal["shopify", "magento"]
# processes that people, browsers or other servers come to
Face = Literal["collector", "storefront", "dashboard", "dagster-webserver", "dagster-readers", "privacy", "alerts"]
SHOP_PLATFORMS: tuple[ShopPlatform, ...] = get_args(ShopPlatform)
PriceList = Annotated[str, AfterValidator(_price_list)]
# ISO 639-1
SearchLanguage = Literal["da", "de", "en", "es", "fi", "fr", "hu", "it", "nl", "no", "pt", "ru", "sv"]
WatchedProcess = Literal["collector", "storefront", "dashboard", "dagster"]
