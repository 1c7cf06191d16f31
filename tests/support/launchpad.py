"""Dagster's launchpad in a browser: a run started as a data engineer starts it."""

from __future__ import annotations

from typing import Any

import httpx

from local.waiting import wait_until
from tests.support.browser import chromium

RUNS = "query Runs($job: String!) { runsOrError(filter: {pipelineName: $job}) { ... on Runs { results { id } } } }"


def launch(dagster_url: str, job: str, config: str) -> str:
    """Type `config` (YAML) into the launchpad of `job`, which has no run yet, and launch it; returns the run's id."""
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(120_000)
        greeting = page.get_by_role("button", name="Skip")
        page.add_locator_handler(greeting, lambda: greeting.click())
        page.goto(f"{dagster_url}/locations/comptoir/jobs/{job}")
        page.get_by_role("button", name="Materialize all").locator("xpath=following::button[1]").click()
        page.get_by_text("Open launchpad").click()
        page.get_by_text("Scaffold missing config").wait_for()
        page.locator(".CodeMirror-code").last.click()
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(config)
        page.get_by_text("No errors").wait_for()
        page.get_by_role("button", name="Materialize").last.click()  # its icon is part of its name
        wait_until(lambda: _only_run(dagster_url, job), "the run", seconds=60)
    return _only_run(dagster_url, job)


def _only_run(dagster_url: str, job: str) -> str:
    asked = {"query": RUNS, "variables": {"job": job}}
    found: dict[str, Any] = httpx.post(f"{dagster_url}/graphql", json=asked, timeout=30).raise_for_status().json()
    (run,) = found["data"]["runsOrError"]["results"]
    return str(run["id"])
