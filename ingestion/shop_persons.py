"""Where the tables of each shop platform name a customer."""

from __future__ import annotations

from ingestion.connectors.magento import connector as magento
from ingestion.connectors.shopify import kept_fields
from ingestion.forgotten_customers import Persons

PERSONS: dict[str, Persons] = {"shopify": kept_fields.PERSONS, "magento": magento.PERSONS}
