"""Real services for the tests: one Postgres and one Kafka a session, a fresh database a test."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from benchmarks.support.servers import OPEN_PASSWORDS, stopped_at_exit
from comptoir.database import apply_schema
from comptoir.settings import get_settings
from local import kafka as kafka_broker
from local import postgres
from local.ports import find_free_port
from local.waiting import wait_until
from tests.support.fake_connector import FakeConnector

PASSWORD = "test"
TEMPORARY, HAS_FAILED = pytest.StashKey[Path](), pytest.StashKey[bool]()
DATA = pytest.StashKey[Path]()

# A worker of pytest-xdist has a `__main__` without a file. PySpark takes that for its own doctests and ends the
# process as soon as Great Expectations imports it.
if not hasattr(sys.modules["__main__"], "__file__"):
    sys.modules["__main__"].__file__ = str(Path(__file__).with_name("__init__.py"))  # empty: spawned processes run it

# how long an example takes says more about the machine than about the code
settings.register_profile("unhurried", parent=settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--history-days", type=int, default=8, help="days that test_incremental lands one by one")
    parser.addoption(
        "--extreme-events", type=int, default=2_000, help="events that test_whole_way sends; `make fuzz`: 200,000"
    )
    parser.addoption(
        "--erased", type=int, default=4, help="persons that test_forgetting_under_load erases, of four times as many"
    )
    parser.addoption("--every-figure", action="store_true", help="all cases of test_every_figure, not a third of them")
    parser.addoption("--server-url", help="a Postgres for test_postgres_versions, instead of the system's")


# Files that use one of these names share something slow to make, and so run on one worker: a Spark session, the
# parsed dbt project, a built warehouse. Any other file is a group of its own.
SHARED = {
    "SparkSession": "spark",
    "demo_days": "demo days",
    "built_small_shop": "small shop",
    "small_shop_copy": "small shop",
    "make_small_shop": "small shop",
    "landed_weeks": "small shop",
    "parsed_project": "small shop",
    "whole_platform": "end to end",
}
# Begun first, so that at the end no worker waits for another one's long group.
LONG = ("end to end", "small shop", "demo days", "ingestion/connectors/test_magento.py", "faults/", "spark",
        "ingestion/", "streaming/", "bi/", "storefront/")  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give root's sessions a temporary folder each; it stays when a test fails.

    Started by root, Postgres runs as another user, who must reach its data. Whenever a pytest starts, it closes the
    folder common to all of them (/tmp/pytest-of-root) to other users, and so takes a running session's Postgres away.
    """
    is_worker = hasattr(config, "workerinput")
    if not is_worker:  # workers inherit it
        config.stash[DATA] = _without_the_platform_of_this_clone()
    if os.geteuid() == 0 and config.option.basetemp is None and not is_worker:
        folder = Path(tempfile.mkdtemp(prefix="comptoir-tests-"))
        config.option.basetemp = str(folder / "session")
        config.stash[TEMPORARY] = folder


def _without_the_platform_of_this_clone() -> Path:
    """An empty data folder for who reads the settings: a demo's ports and passwords are not those of the tests."""
    folder = Path(tempfile.mkdtemp(prefix="comptoir-tests-data-"))
    os.environ["COMPTOIR_DATA_DIR"] = str(folder)
    return folder


def pytest_unconfigure(config: pytest.Config) -> None:
    if data := config.stash.get(DATA, None):
        shutil.rmtree(data, ignore_errors=True)
    folder = config.stash.get(TEMPORARY, None)
    if folder and not config.stash.get(HAS_FAILED, False):
        shutil.rmtree(folder, ignore_errors=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[HAS_FAILED] = exitstatus != pytest.ExitCode.OK


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Fast tests alone: a file of which every test needs services is not even imported."""
    if "not services" in config.option.markexpr and collection_path.suffix == ".py":
        return bool(re.search(r"^pytestmark = .*\.services\b", collection_path.read_text(), re.MULTILINE)) or None
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    groups = {item: _group(item.path) for item in items}
    places = {name: place for place, name in enumerate(dict.fromkeys(groups.values()))}
    items.sort(key=lambda item: (_rank(groups[item]), places[groups[item]]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadfile` the tests of a group run in their order on one worker.

    pytest-xdist has groups of its own, which need a node id that pytest 9.2 no longer lets it change.
    """
    from xdist.scheduler import LoadFileScheduling

    class ByGroup(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group(config.rootpath / nodeid.partition("::")[0])

    return ByGroup(config, log) if config.getvalue("dist") == "loadfile" else None


@cache
def _group(file: Path) -> str:
    text = file.read_text()
    shared = (group for name, group in SHARED.items() if re.search(rf"\b{name}\b", text))
    return next(shared, file.relative_to(Path(__file__).parent).as_posix())


def _rank(group: str) -> int:
    return next((place for place, name in enumerate(LONG) if group.startswith(name)), len(LONG))


@pytest.fixture
def free_port() -> Callable[[], int]:
    return find_free_port


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL (superuser, database `postgres`) of an embedded server; not durable, because tests never lose power.

    Its hundreds of databases live for seconds: autovacuum would go through all of them, every minute.
    """
    data_dir = tmp_path_factory.mktemp("postgres") / "data"
    postgres.initialise(data_dir, PASSWORD)
    port = find_free_port()
    url = f"postgresql://{postgres.SUPERUSER}:{PASSWORD}@127.0.0.1:{port}/postgres"
    command = postgres.command(data_dir, "127.0.0.1", port, fsync="off", full_page_writes="off", autovacuum="off")
    with stopped_at_exit(command, data_dir.parent / "log", user=postgres.system_user()):
        wait_until(lambda: psycopg.connect(url, connect_timeout=2).close(), "the test Postgres", seconds=180)
        yield url


@pytest.fixture(scope="session")
def template_database(postgres_server: str) -> str:
    """Name of a database with every schema, table and role, to be copied."""
    name = "comptoir_template"
    postgres.create_database(postgres_server, name)
    apply_schema(f"{postgres_server.rpartition('/')[0]}/{name}", OPEN_PASSWORDS)
    return name


@pytest.fixture(scope="session")
def make_database(postgres_server: str, template_database: str) -> Callable[[], str]:
    """Makes a fresh database with all schemas and returns its URL; for fixtures of a wider scope than a test."""

    def make() -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f'create database "{name}" template {template_database}')
        return f"{postgres_server.rpartition('/')[0]}/{name}"

    return make


@pytest.fixture(scope="session")
def demo_days(
    make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Any:
    """The demo shop's days, landed and built one by one: a DemoDays of tests/support. Do not write to it."""
    from tests.support.demo_days import live_demo_days  # most tests do without dbt

    return live_demo_days(make_database(), tmp_path_factory, request.config.getoption("--history-days"))


@pytest.fixture
def database(make_database: Callable[[], str]) -> str:
    """URL of a fresh database with all schemas, as the owner."""
    return make_database()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bootstrap address of an embedded broker; use topic names of your own."""
    data_dir: Path = tmp_path_factory.mktemp("kafka")
    jars, port = get_settings().kafka_jars_dir, find_free_port()
    properties = kafka_broker.initialise(jars, data_dir, "127.0.0.1", port, find_free_port())
    bootstrap = f"127.0.0.1:{port}"
    with stopped_at_exit(kafka_broker.command(jars, properties), data_dir / "stdout.log"):
        wait_until(lambda: kafka_broker.create_topics(bootstrap, ["ready"], 1), "the test Kafka", seconds=180)
        yield bootstrap


@pytest.fixture
def topics(kafka: str) -> tuple[str, str]:
    """A fresh pair (clicks, bad clicks) of topics with two partitions."""
    suffix = uuid.uuid4().hex[:8]
    names = (f"clicks.{suffix}", f"clicks.bad.{suffix}")
    kafka_broker.create_topics(kafka, list(names), 2)
    return names


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A Spark session with the Kafka connector, on both cores."""
    from streaming.spark import start_spark  # fast tests do without PySpark

    session = start_spark("local[2]", get_settings().spark_jars_dir)
    yield session
    session.stop()


@pytest.fixture
def connector(tmp_path: Path) -> FakeConnector:
    """A connector of three streams that does what a test tells it to."""
    fake = FakeConnector(tmp_path / "connector")
    fake.offers("orders", "products", "locations", full_refresh=("locations",))
    return fake


@pytest.fixture
def work_dir(tmp_path: Path) -> Path:
    """Where a connector's runs have their folders."""
    return tmp_path / "work"


@pytest.fixture
def small_shop_copy(
    postgres_server: str,
    make_database: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[str, Any]:
    """URL of a copy of the built small shop, and dbt for it (tests.support.demo_days.Dbt)."""
    from tests.support.demo_days import Dbt  # most tests do without dbt
    from tests.support.warehouse_fixtures import built_small_shop, copy_database

    url = copy_database(postgres_server, make_database, built_small_shop(make_database, tmp_path_factory))
    return url, Dbt(url, str(tmp_path_factory.mktemp("dbt")), monkeypatch)
