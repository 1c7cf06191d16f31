"""Rules of gate_raw about complete days: volumes, distributions, hours, null rates, and the shop against the clicks.

What is unusual but may be true warns (a campaign, a holiday, a flood of robots): blocking it would hold back right
numbers. What visitors alone can cause warns, too: anybody can send events, and they must not hold back what comes from
the shop. What cannot be true of the shop blocks. An operator lets a day pass that is right although a rule blocks it,
with `comptoir gate accept`.
"""

from __future__ import annotations

from great_expectations.expectations.expectation import Expectation

from expectations.anomaly_rules import CHECKED_DAYS, DayRules

UNUSUAL = "Warns: it is unusual, but it may be true."
ANYBODY = "Warns: anybody can send such events."


def order_rules(checked_days: int = CHECKED_DAYS) -> dict[str, Expectation]:
    """Rule name -> rule about raw_shop.orders, alone and compared with the clicks."""
    days = DayRules(checked_days)
    return dict([
        days.count_is_usual("orders_of_a_day_are_as_usual", "orders", "warning",
            UNUSUAL + " raw_holds_what_the_shop_has blocks lost orders, orders_are_not_copied repeated ones."),
        days.hours_are_not_shifted("order_hours_are_as_usual", "order_hours", "warning",
            UNUSUAL + " order_times_agree_with_events blocks where there are clicks to compare with.", samples=60),
        days.level_is_usual("order_values_are_as_usual", "order_value", "warning",
            UNUSUAL, samples=10, tolerance=1.0, is_share=False),
        days.level_is_usual("basket_sizes_are_as_usual", "basket_units", "warning",
            UNUSUAL, samples=10, tolerance=0.7, is_share=False),
        days.level_is_usual("discounts_are_as_usual", "discount_share", "warning",
            UNUSUAL, samples=20, tolerance=0.15, is_share=False, only="above", window_days=7),
        # logarithms: 0.7 is a factor of two
        days.level_is_usual("prices_by_category_are_as_usual", "category_price", "warning",
            UNUSUAL + " A clearance at under half the listed prices, or prices changed since.",
            samples=6, tolerance=0.7, is_share=False, window_days=7),
        # 3.0 is a factor of twenty
        days.level_is_usual("prices_by_category_are_in_their_unit", "category_price", "critical",
            "Blocks: a category sold at over twenty times or under a twentieth of its listed prices is in another unit"
            " or currency.",
            samples=6, tolerance=3.0, is_share=False, window_days=7),
        days.level_is_usual("orders_name_customers_as_usual", "orders_without_customer", "warning",
            UNUSUAL, samples=10, tolerance=0.2, only="above"),
        days.level_is_usual("orders_name_countries_as_usual", "orders_without_country", "warning",
            UNUSUAL, samples=10, tolerance=0.2, only="above"),
        days.is_rare("orders_are_not_copied", "orders_placed_twice", "critical",
            "Blocks: the same customer does not buy the same at the same instant under another number."),
        days.is_rare("completed_orders_are_in_the_shop", "completed_without_order", "warning",
            ANYBODY + " Or the shop was read in part: raw_holds_what_the_shop_has blocks that."),
        days.is_rare("order_times_agree_with_events", "order_times_off", "critical",
            "Blocks: one of the two clocks is in another time zone, and sales would fall on other days."),
        days.is_rare("order_currencies_agree_with_events", "order_currencies_off", "critical",
            "Blocks: amounts would be counted in the wrong currency."),
        days.is_rare("order_values_agree_with_events", "order_values_off", "critical",
            "Blocks: the shop's total is not what the customer was shown, so amounts were changed on the way."),
        days.is_rare("order_customers_agree_with_events", "order_customers_off", "critical",
            "Blocks: orders were assigned to other customers."),
    ])  # fmt: skip


def event_rules(checked_days: int = CHECKED_DAYS) -> dict[str, Expectation]:
    """Rule name -> rule about raw_clickstream.events, alone and compared with the orders."""
    days = DayRules(checked_days)
    return dict([
        days.count_is_usual("events_of_a_day_are_as_usual", "events", "warning",
            UNUSUAL + " orders_have_their_event blocks lost events.",
            together=8),
        days.hours_are_not_shifted("event_hours_are_as_usual", "visitor_hours", "warning",
            UNUSUAL + " order_times_agree_with_events blocks where there are orders to compare with.", samples=100),
        days.level_is_usual("event_mix_is_as_usual", "event_mix", "warning",
            UNUSUAL, samples=100, tolerance=0.12),
        days.none_fell_silent("no_event_name_fell_silent", "event_mix", "warning",
            ANYBODY + " A flood of others has the same effect as a tracker or consent banner that changed."),
        days.is_rare("events_are_not_sent_twice", "events_sent_twice", "warning",
            ANYBODY + " A tracker that is on the page twice doubles every rate."),
        days.level_is_usual("robots_are_as_few_as_usual", "events_of_robots", "warning",
            UNUSUAL + " Every mart keeps robots apart.", samples=100, tolerance=0.15, only="above"),
        days.is_rare("product_events_name_their_product", "events_without_product", "critical",
            "Blocks: views and purchases of products would be missing unnoticed."),
        days.is_rare("product_events_have_a_price", "events_without_price", "warning",
            UNUSUAL + " No mart takes money from clicks."),
        days.level_is_usual("events_name_customers_as_usual", "events_without_customer", "warning",
            UNUSUAL, samples=100, tolerance=0.2),
        days.level_is_usual("orders_have_their_event", "orders_with_event", "critical",
            "Blocks: web orders without their event mean that clicks were lost. Visitors may refuse tracking, so the"
            " share is compared with its own history.", samples=8, tolerance=0.4, only="below"),
    ])  # fmt: skip
