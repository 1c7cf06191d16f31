"""What the pages compute of the metrics they show."""

from __future__ import annotations

import pandas as pd

from bi.pages.behaviour import funnel_steps
from bi.pages.sales import bridge_steps


def test_the_bridge_ends_at_net_sales() -> None:
    steps = bridge_steps({"gross_sales": 100, "discounts": 10, "returns": 20, "cancellations": None, "net_sales": 70})
    assert steps["amount"].tolist() == [100, -10, -20, 0, 70]
    assert steps["to"].tolist() == [100, 90, 70, 70, 70]


def test_the_funnel_shows_shares_of_all_and_of_the_step_before() -> None:
    steps = funnel_steps(pd.Series([10, 5, 0, 0, 0]))
    assert steps["of_all"].tolist() == [1, 0.5, 0, 0, 0]
    assert steps["of_last"].tolist() == [1, 0.5, 0, 0, 0]
