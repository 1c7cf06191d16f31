"""Dagster's launchpad in a browser: a run started as a data engineer starts it."""

from __future__ import annotations

from tests.support.browser import chromium


def launch(dagster_url: str, job: str, config: str) -> str:
    """Type `config` (YAML) into the launchpad of `job` and launch it; returns the run's id."""
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{dagster_url}/locations/comptoir/jobs/{job}/launchpad")
        page.locator(".CodeMirror").first.click()
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(config)
        page.get_by_role("button", name="Launch Run").click()
        page.wait_for_url("**/runs/*")
        return page.url.rpartition("/")[2]
