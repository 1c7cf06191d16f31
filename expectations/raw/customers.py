"""Rules of gate_raw for customers, whose accounts have a number named `id` on each platform."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.sql_rules import no_rows


def customer_rules() -> dict[str, Expectation]:
    """Rules about raw_shop.customers; its `id` names a person, so samples show it masked."""
    return {
        "customer_ids_are_present": gxe.ExpectColumnValuesToNotBeNull(column="id"),
        "customer_ids_are_unique": no_rows(
            """
            select _airbyte_raw_id, id
            from (select *, count(*) over (partition by id) as times from {batch}) as counted
            where id is not null and times > 1
            """
        ),
        "customers_have_a_pseudonym": no_rows(
            "select _airbyte_raw_id, id from {batch} where id not in (select customer_id from pii.customer_pseudonyms)"
        ),
    }
