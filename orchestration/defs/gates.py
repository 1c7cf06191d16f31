"""The three gates between the steps: raw | staging | marts | publishing."""

import dagster as dg

from expectations.validate import validate
from orchestration.dbt import model_keys
from orchestration.defs.clickstream import CLICKSTREAM_TABLES
from orchestration.defs.shop import SHOP_TABLES
from orchestration.gates import build_gate

gate_raw = build_gate("raw", [*SHOP_TABLES, *CLICKSTREAM_TABLES], validate)
gate_staging = build_gate("staging", model_keys("staging"), validate)
gate_marts = build_gate("marts", model_keys("marts"), validate)

GATES: list[dg.AssetChecksDefinition] = [gate_raw, gate_staging, gate_marts]
