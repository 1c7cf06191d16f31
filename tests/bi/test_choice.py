"""What is shown, as SQL conditions and their values."""

from __future__ import annotations

from datetime import date

from bi.choice import Choice
from bi.periods import Period

PERIOD = Period(date(2026, 11, 1), date(2026, 11, 30))


def test_a_filter_narrows_the_marts_that_have_its_column() -> None:
    choice = Choice(PERIOD, None, None, "EUR", {"category": "Laptops", "channel": "Email"})
    rows = choice.rows("mart_product_performance", "activity_date")
    assert rows == (
        "activity_date between %(first_day)s and %(last_day)s and coalesce(category, 'unknown') = %(category)s"
    )
    assert choice.rows("fct_sessions", None) == "coalesce(channel, 'unknown') = %(channel)s"
    assert choice.parameters()["category"] == "Laptops"


def test_a_currency_narrows_marts_that_know_what_was_paid_in() -> None:
    dollars = Choice(PERIOD, None, "USD", "USD")
    assert dollars.rows("fct_orders", "order_date").endswith("and currency = %(currency)s")
    assert "currency" not in dollars.rows("mart_product_performance", "activity_date")
    assert dollars.amount == "amount" and Choice(PERIOD, None, None, "EUR").amount == "shop_amount"


def test_a_day_is_a_period_of_its_own() -> None:
    choice = Choice(PERIOD, None, None, "EUR")
    today = Period(date(2026, 12, 1), date(2026, 12, 1))
    assert choice.parameters(today) == {"first_day": today.first_day, "last_day": today.last_day}
    assert choice.file("sales") == "sales_2026-11-01_2026-11-30"
