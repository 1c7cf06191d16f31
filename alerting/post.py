"""Pages that are sent once, to the channels of their owner: reports, which are no alerts."""

from __future__ import annotations

from alerting.channels import channels_of, send_page
from alerting.routing import Routing
from comptoir.settings import Settings


def post(settings: Settings, owner: str, title: str, html: str, text: str) -> dict[str, str]:
    """Send a page to each channel of its owner; by channel "" when it was taken, else why it was not.

    Without COMPTOIR_ALERT_CHANNELS nothing is sent.
    """
    if not settings.alert_channels:
        return {}
    addresses = channels_of(settings)
    channels = Routing(list(addresses), settings.alert_routes).channels_for("", [owner])
    return {name: send_page(addresses[name], title, html, text) for name in channels}
