"""What `make setup` installs: Python, Java, Kafka's and Spark's jars, the connectors, dbt's manifest."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from comptoir.repository import REPOSITORY
from comptoir.settings import Settings
from doctor.finding import Finding, blocks, fine, warns

SETUP = "run `make setup`"
OLDEST_PYTHON, OLDEST_JAVA = (3, 11), 17


def examine_tools(settings: Settings, path: str | None = None) -> Iterator[Finding]:
    """Each tool; `path` instead of the PATH."""
    yield _python()
    yield _java(path)
    kafka_is_ours = not settings.kafka_bootstrap
    jars = [("kafka", settings.kafka_jars_dir, "kafka_2.13-*.jar")] if kafka_is_ours else []
    for name, folder, pattern in [*jars, ("spark", settings.spark_jars_dir, "spark-sql-kafka-*.jar")]:
        if any(folder.glob(pattern)):
            yield fine(name, f"its jars are in {folder}.")
        else:
            yield blocks(name, f"no {pattern} is in {folder}.", SETUP)
    yield _connector(settings)
    yield _manifest(REPOSITORY / "dbt_project", settings.shop_platform)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return fine("python", f"Python {version}.")
    return blocks("python", f"this is Python {version}.", "install Python 3.11 or newer, then run `make setup`")


def _java(path: str | None) -> Finding:
    found = shutil.which("java", path=path)
    if not found:
        return blocks("java", "Java is not on the PATH; Kafka and Spark need 17 or newer.", SETUP)
    said = subprocess.run([found, "-version"], capture_output=True, text=True, timeout=60, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if version and int(version[1]) >= OLDEST_JAVA:
        return fine("java", f"Java {version[1]} at {found}.")
    name = f"Java {version[1]}" if version else "of an unknown version"
    return blocks("java", f"{found} is {name}; Kafka and Spark need 17 or newer.", "install a newer Java")


def _connector(settings: Settings) -> Finding:
    if settings.airbyte_url:
        return fine("connector", f"an Airbyte server reads the shop: {settings.airbyte_url}.")
    # Magento's connector is a manifest that the declarative source runs
    name = "source-shopify" if settings.shop_platform == "shopify" else "source-declarative-manifest"
    if (settings.connector_venv / "bin" / name).exists():
        return fine("connector", f"{name} is installed.")
    return blocks("connector", f"{name} is not installed in {settings.connector_venv}.", SETUP)


def _manifest(project: Path, platform: str) -> Finding:
    file = project / "target" / platform / "manifest.json"
    if not file.exists():
        return blocks("dbt", f"{file} is missing: Dagster's graph cannot load.", "run `comptoir dbt parse`")
    made_of = [path for path in project.rglob("*") if path.suffix in (".sql", ".yml") and "target" not in path.parts]
    newest = max(made_of, key=lambda path: path.stat().st_mtime)
    if newest.stat().st_mtime > file.stat().st_mtime:
        sentence = (
            f"the manifest is older than {newest.relative_to(project)}: Dagster shows the graph before the change."
        )
        return warns("dbt", sentence, "run `comptoir dbt parse`, then start Dagster again")
    return fine("dbt", "the manifest is as new as the models.")
