"""The reports as files: the weekly digest in each language, and the metric alerts of a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from bi.digest import weekly_digest
from bi.digest_page import DigestPage
from bi.metric_alerts import MetricAlert, metric_alerts
from bi.report_settings import report_settings
from bi.reporter import read_marts
from bi.texts import LANGUAGES
from comptoir.settings import Settings


def write_weekly_digest(settings: Settings, now: datetime) -> tuple[DigestPage, list[Path]]:
    """Write the digest of the newest whole week before `now` and return it as it is mailed, and the files.

    Raises MartsUnavailable, and ValueError for a mistake in reports.yml.
    """
    wanted = report_settings()
    today = now.astimezone(ZoneInfo(settings.shop_timezone)).date()
    read = partial(read_marts, settings.database_url_as("reporter"))
    digest = weekly_digest(wanted.metrics, today, settings.shop_currency, read)
    pages = {
        language: DigestPage(digest, language, settings.dashboard_address, settings.shop_timezone)
        for language in LANGUAGES
    }
    files = [
        _write(page.html(), settings.reports_dir / f"week_{digest.week.first_day}.{language}.html")
        for language, page in pages.items()
    ]
    return pages[wanted.language], files


def find_metric_alerts(settings: Settings, now: datetime) -> list[MetricAlert]:
    """Find the rules of reports.yml that the day before `now` breaks, and add them to the folder's list.

    Raises MartsUnavailable, and ValueError for a mistake in reports.yml.
    """
    wanted = report_settings()
    yesterday = now.astimezone(ZoneInfo(settings.shop_timezone)).date() - timedelta(1)
    read = partial(read_marts, settings.database_url_as("reporter"))
    found = metric_alerts(wanted.alerts, yesterday, settings.shop_currency, read)
    lines = [
        f"{one.title(wanted.language)}. {one.cause(wanted.language)}"
        f" {one.link(settings.dashboard_address, wanted.language)}\n"
        for one in found
    ]
    _write("".join(lines), settings.reports_dir / f"alerts_{yesterday}.txt")
    return found


def _write(text: str, file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    # replaced in one step, so that nobody reads half a file
    unfinished = file.with_suffix(".new")
    unfinished.write_text(text, encoding="utf-8")
    return unfinished.replace(file)
