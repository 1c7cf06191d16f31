"""What unusual days of a metric are explained by."""

from __future__ import annotations

from datetime import date

from bi.breakdowns import OF_NET_SALES, dimensions_of
from bi.choice import Choice
from bi.metrics import load_metrics, query
from bi.net_sales import net_sales_statement
from bi.periods import Period

PERIOD = Period(date(2026, 11, 1), date(2026, 11, 30))


def test_only_sums_are_broken_down_and_never_by_product() -> None:
    found = {name: dimensions_of(metric) for name, metric in load_metrics().items()}
    assert found["sessions"] == ("device_type", "channel")
    assert found["product_net_sales"] == ("category", "brand")
    assert found["session_conversion"] == found["visitors"] == found["predicted_value"] == found["searches"] == ()


def test_one_statement_has_all_dimensions_of_a_day() -> None:
    statement = query([load_metrics()["sessions"]], by="session_date", parts=("device_type", "channel"))
    text = statement.as_string(None)
    assert 'coalesce("channel", \'unknown\') as "channel"' in text
    assert text.endswith("group by 1, 2, 3 order by 1")
    whole = net_sales_statement(OF_NET_SALES, Choice(PERIOD, None, None, "EUR"), by_day=True)
    assert "select sales_date as day, category as category" in whole
    assert whole.rstrip().endswith("group by 1, 2, 3, 4")
