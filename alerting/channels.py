"""The channels: named addresses of apprise (mail, Slack, Teams, a webhook, ...), and files.

https://appriseit.com/services/ lists the addresses. A file is ours: file:///path/of/alerts.log
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from comptoir.settings import Settings

DEFAULT = "file"
MAX_REASON = 300  # characters


def channels_of(settings: Settings) -> dict[str, str]:
    """Name → address. Without settings a file in the data folder, so that no alert is lost."""
    found = {name: address.get_secret_value() for name, address in settings.alert_channels.items()}
    return found or {DEFAULT: f"file://{settings.data_dir / 'alerts' / 'alerts.log'}"}


def send(address: str, title: str, body: str, is_problem: bool) -> str:
    """Send one message; "" when it was taken, else why it was not, without the address, which holds a secret."""
    kind = _apprise().NotifyType.FAILURE if is_problem else _apprise().NotifyType.SUCCESS
    return _send(address, title, body, kind)


def send_page(address: str, title: str, html: str, text: str) -> str:
    """Send a page to who reads pages (mail), its text to all others; "" when it was taken, else why not, as `send`."""
    return _send(address, title, text, _apprise().NotifyType.INFO, html)


def _send(address: str, title: str, text: str, kind: Any, html: str | None = None) -> str:
    if address.startswith("file://"):
        return _append(Path(address.removeprefix("file://")), title, text)
    apprise = _apprise()
    target = apprise.Apprise()
    if not target.add(address):
        return f"apprise does not know this kind of address ({address.partition(':')[0]}://…)"
    body, form = text, apprise.NotifyFormat.TEXT
    if html is not None and _takes_pages(target[0]):
        body, form = html, apprise.NotifyFormat.HTML
    with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as log:
        taken = target.notify(title=title, body=body, notify_type=kind, body_format=form)
        said = log.getvalue()
    return "" if taken else _reason(said, address)


def _takes_pages(service: Any) -> bool:
    """Whether the service likes HTML best and is no chat: the HTML of those, which know Markdown too, has no tables."""
    formats = service.notify_format if isinstance(service.notify_format, tuple) else (service.notify_format,)
    kinds = _apprise().NotifyFormat
    return formats[0] == kinds.HTML and kinds.MARKDOWN not in formats


def validate(channels: Mapping[str, str]) -> list[str]:
    """A sentence for each address that cannot be one."""
    mistakes = []
    for name, address in channels.items():
        if not address.startswith("file:///") and not _apprise().Apprise().add(address):
            mistakes.append(f"COMPTOIR_ALERT_CHANNELS: apprise does not understand the address of {name}.")
    return mistakes


def _append(file: Path, title: str, body: str) -> str:
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ} {title}\n{body}\n\n".encode()
        # one write, so that messages of two writers do not mix
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, text)
        finally:
            os.close(handle)
    except OSError as error:
        return f"{error.strerror or error}: {file}"
    return ""


def _reason(said: str, address: str) -> str:
    words = " ".join(said.split()) or "the service did not take it"
    return words.replace(address, "…")[:MAX_REASON]


@cache
def _apprise() -> Any:
    """Imported when something is sent: a day without faults does without it."""
    import apprise

    return apprise
