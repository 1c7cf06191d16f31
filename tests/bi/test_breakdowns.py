"""What unusual days of a metric are explained by."""

from __future__ import annotations

from bi.breakdowns import dimensions_of
from bi.metrics import load_metrics, query


def test_only_sums_are_broken_down_and_never_by_product() -> None:
    found = {name: dimensions_of(metric) for name, metric in load_metrics().items()}
    assert found["sessions"] == ("device_type", "channel")
    assert found["net_sales"] == found["units"] == ("category", "country_code", "source_name")
    assert found["product_net_sales"] == ("category", "brand")
    assert found["session_conversion"] == found["visitors"] == found["predicted_value"] == found["searches"] == ()


def test_one_statement_has_all_dimensions_of_a_day() -> None:
    statement = query([load_metrics()["sessions"]], by="session_date", parts=("device_type", "channel"))
    text = statement.as_string(None)
    assert 'coalesce("channel", \'unknown\') as "channel"' in text
    assert text.endswith("group by 1, 2, 3 order by 1")
