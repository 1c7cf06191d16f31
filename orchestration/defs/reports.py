"""What the BI team is told without asking: the weekly digest, and metrics that are past a limit or unusual."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from alerting.condition import Condition, Severity
from alerting.post import post
from alerting.probes.shop_metrics import SOURCE
from alerting.reports import write_report
from bi.metrics import load_metrics
from bi.report_settings import report_settings
from bi.texts import Language
from comptoir.settings import Settings
from orchestration.promises import DAILY
from orchestration.retrying import repeated_when_away
from orchestration.specs import BI

if TYPE_CHECKING:
    from bi.metric_alerts import MetricAlert

WEEKLY_DIGEST = dg.AssetKey(["bi", "weekly_digest"])
METRIC_ALERTS = dg.AssetKey(["bi", "metric_alerts"])
# notes on days, and what net sales are broken down by
ALWAYS_READ = ("dim_days", "mart_sales_breakdown")


def _marts(metrics: list[str]) -> list[dg.AssetKey]:
    """The marts that reports about these metrics read."""
    names = {load_metrics()[name].mart for name in metrics} | set(ALWAYS_READ)
    return [dg.AssetKey(["marts", name]) for name in sorted(names)]


@dg.asset(
    key=WEEKLY_DIGEST,
    group_name="bi",
    deps=_marts(report_settings().digest),
    owners=[BI],
    kinds={"python"},
    description="The last whole week against the week before and last year: a page in the data folder, and a mail.",
)
def weekly_digest(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """Write the digest and send it to the BI team's channels. Raises dg.Failure when one of them does not take it."""
    from bi.reports import write_weekly_digest  # pandas: a second that no other run needs

    with repeated_when_away(context):
        page, files = write_weekly_digest(settings, datetime.now(UTC))
    sent = post(settings, BI, page.title, page.html(), page.text())
    refused = {channel: reason for channel, reason in sent.items() if reason}
    if refused:
        reasons = "; ".join(f"{channel}: {reason}" for channel, reason in refused.items())
        raise dg.Failure(f"The digest was written ({files[0]}), and not taken by {reasons}.", allow_retries=False)
    return dg.MaterializeResult(
        metadata={
            "week": f"{page.digest.week.first_day} to {page.digest.week.last_day}",
            "sent": ", ".join(sent) or "no channel is set",
            **{file.name.replace(".", "_"): dg.MetadataValue.path(file) for file in files},
        }
    )


@dg.asset(
    key=METRIC_ALERTS,
    group_name="bi",
    deps=_marts([rule.metric for rule in report_settings().alerts]),
    owners=[BI],
    freshness_policy=DAILY,
    kinds={"python", "postgres"},
    description="Metrics of yesterday past a limit of bi/reports.yml, or unusual. The watcher tells them.",
)
def metric_alerts(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """Look at yesterday and report what was found to the watcher of alerts."""
    from bi.reports import find_metric_alerts

    with repeated_when_away(context):
        found = find_metric_alerts(settings, datetime.now(UTC))
        conditions = [condition(one, settings.dashboard_address, report_settings().language) for one in found]
        write_report(settings.database_url_as("watcher"), SOURCE, conditions)
    return dg.MaterializeResult(
        metadata={
            "rules": len(report_settings().alerts),
            "found": len(found),
            "alerts": [one.rule.name for one in found],
        }
    )


def condition(one: "MetricAlert", dashboard_url: str, language: Language) -> Condition:
    """The alert as the watcher keeps it: a warning, over when a later day does not break the rule."""
    return Condition(
        key=f"metric/{one.rule.name}",
        title=one.title(language),
        cause=one.cause(language),
        severity=Severity.WARNING,
        owners=(BI,),
        link=one.link(dashboard_url, language),
    )
