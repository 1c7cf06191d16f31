"""The processes that answer over HTTP."""

from __future__ import annotations

from datetime import timedelta

import httpx
import psycopg

from alerting.condition import DATA_ENGINEERING, STOREFRONT, Condition
from comptoir.settings import Settings

PATIENCE = timedelta(minutes=2)  # a start on a busy small machine
NOT_READY_PATIENCE = timedelta(minutes=20)  # it answers that it is not ready: before the first daily run it never is
TIMEOUT_SECONDS = 5


def look_at_processes(settings: Settings, connection: psycopg.Connection | None = None) -> list[Condition]:
    """Each process of COMPTOIR_WATCHED_PROCESSES that does not answer."""
    places = {
        "collector": f"{settings.collector_url}/ready",
        "storefront": f"{settings.storefront_url}/health",
        "dashboard": f"{settings.dashboard_url}/_stcore/health",
        "dagster": f"{settings.dagster_url}/server_info",
    }
    found = []
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
        for name in settings.watched_processes:
            url = places[name]
            try:
                status = client.get(url).status_code
            except httpx.HTTPError as error:
                found.append(_condition(name, f"{url} does not answer: {error or type(error).__name__}.", PATIENCE))
            else:
                if status >= 500:  # 4xx is an answer: the process is there
                    found.append(_condition(name, f"{url} answers with HTTP {status}.", NOT_READY_PATIENCE))
    return found


def _condition(name: str, cause: str, patience: timedelta) -> Condition:
    if name == "dagster":
        title = "Dagster's web server does not answer"
        return Condition("dagster/webserver", title, f"{cause} Runs go on.", patience=patience)
    return Condition(
        f"process/{name}",
        f"the {name} does not answer",
        cause,
        owners=(DATA_ENGINEERING,) if name == "dashboard" else (STOREFRONT, DATA_ENGINEERING),
        patience=patience,
        caused_by=("kafka/*",) if name == "collector" else ("postgres/*",),
    )
