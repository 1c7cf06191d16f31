"""Addresses of pages in Dagster's UI."""

from __future__ import annotations

from urllib.parse import quote

import dagster as dg


def run_link(dagster_url: str, run_id: str) -> str:
    """The page of a run; of an event that no run wrote, all runs."""
    return f"{dagster_url}/runs/{run_id}" if run_id else f"{dagster_url}/runs"


def asset_link(dagster_url: str, key: dg.AssetKey) -> str:
    """The page of an asset."""
    return f"{dagster_url}/assets/{'/'.join(map(quote, key.path))}"


def check_link(dagster_url: str, key: dg.AssetCheckKey) -> str:
    """The page of an asset with one of its checks open."""
    return f"{asset_link(dagster_url, key.asset_key)}?view=checks&checkDetail={quote(key.name)}"
