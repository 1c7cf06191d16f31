"""Receives all webhooks of a Shopify shop: `python -m ingestion.webhook_receiver` serves.

Those about persons are requests of the privacy room (privacy/webhooks.py); those about goods go to ops.shop_webhooks,
from which search and product cards follow the shop within seconds.
"""

from __future__ import annotations

from functools import partial

import uvicorn
from psycopg.types.json import Jsonb

from comptoir.settings import settings_at_start
from ingestion.connectors.shopify.webhook_payload import SHAPES, read_goods
from privacy.webhooks import Kept, Reader, make_app

STORE = """
    insert into ops.shop_webhooks as known (kind, key, webhook_id, changed_at, payload) values (%s, %s, %s, %s, %s)
    on conflict (kind, key) do update set
        webhook_id = excluded.webhook_id, changed_at = excluded.changed_at, payload = excluded.payload,
        received_at = excluded.received_at
    where known.changed_at < excluded.changed_at
"""


def keep_goods(topic: str, webhook_id: str, body: bytes) -> Kept:
    """How a webhook about goods is stored: over an older one, never over a newer. Raises WebhookPayloadError."""
    change = read_goods(topic, body)
    return Kept(None, STORE, [change.kind, change.key, webhook_id, change.changed_at, Jsonb(change.payload)])


GOODS: dict[str, Reader] = {topic: partial(keep_goods, topic) for topic in SHAPES}


def main() -> None:
    """Serve with the settings' addresses. Raises SystemExit without COMPTOIR_WEBHOOK_SECRETS."""
    settings = settings_at_start()
    if not settings.webhook_secrets:
        raise SystemExit("Set COMPTOIR_WEBHOOK_SECRETS to the client secret of the shop's app.")
    secrets = [secret.get_secret_value() for secret in settings.webhook_secrets]
    app = make_app(settings.database_url_as("privacy_intake"), secrets, settings.shopify_domain, GOODS)
    uvicorn.run(app, host=settings.host_of("privacy"), port=settings.privacy_port, log_level="warning")


if __name__ == "__main__":
    main()
