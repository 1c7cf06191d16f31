"""Schemas and models build on the Postgres of the system (Debian 12's is 15), not only on the embedded 18.

`--server-url URL` takes any other server instead, with a user who may create databases and roles there.
"""

from __future__ import annotations

import os
import pwd
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from benchmarks.support.servers import OPEN_PASSWORDS, stopped_at_exit
from comptoir.database import apply_schema
from local import postgres
from local.ports import find_free_port
from local.waiting import wait_until
from tests.support.warehouse_fixtures import make_small_shop, query, run_dbt

pytestmark = [pytest.mark.services, pytest.mark.timeout(1200)]  # every model twice, on a busy machine

OLDEST = 15
SYSTEM_USER = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root


@pytest.fixture
def server_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    given = request.config.getoption("--server-url")
    if given:
        yield given
        return
    binaries = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if int(path.parent.name) >= OLDEST]
    if not binaries:
        pytest.skip("no Postgres of the system: `make setup` as root brings it, or pass --server-url")
    oldest = min(binaries, key=lambda path: int(path.parent.name))
    folder = tmp_path_factory.mktemp("system_postgres")
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    data_dir, port = folder / "data", find_free_port()
    data_dir.mkdir()
    if SYSTEM_USER:
        os.chown(data_dir, *_ids(SYSTEM_USER))
    log = folder / "log"
    initialise = [str(oldest / "initdb"), "-U", "postgres", "-E", "utf8", "--locale=C.UTF-8", "-A", "trust", "-D"]
    with stopped_at_exit([*initialise, str(data_dir)], log, user=SYSTEM_USER, cwd="/") as process:
        assert process.wait(180) == 0, log.read_text()
    server = [str(oldest / "postgres"), "-D", str(data_dir), "-h", "127.0.0.1", "-p", str(port), "-c", "fsync=off",
              "-c", f"unix_socket_directories={data_dir}"]  # fmt: skip
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    with stopped_at_exit(server, log, user=SYSTEM_USER, cwd="/"):
        wait_until(lambda: psycopg.connect(url, connect_timeout=2).close(), "the system's Postgres", seconds=180)
        yield url


def test_everything_builds_on_an_older_postgres(
    server_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    name = f"comptoir_{uuid.uuid4().hex[:8]}"
    postgres.create_database(server_url, name)
    url = f"{server_url.rpartition('/')[0]}/{name}"
    apply_schema(url, OPEN_PASSWORDS)
    apply_schema(url, OPEN_PASSWORDS)  # and again, as every start does
    [(version,)] = query(url, "select current_setting('server_version_num')::int / 10000")
    assert version >= OLDEST
    record_property("postgres", version)
    make_small_shop(url)
    # from nothing, with every test; then an increment, whose tests would be the same queries, but for the unit tests:
    # their rows have the types of tables that are there
    for command in (("build",), ("build", "--exclude-resource-type", "test")):
        build = run_dbt(url, tmp_path, *command)
        assert build.returncode == 0, build.stdout
    [(net_sales,)] = query(url, "select sum(net_sales_shop_amount) from marts.mart_daily_sales")
    assert net_sales == 240


def _ids(user: str) -> tuple[int, int]:
    account = pwd.getpwnam(user)
    return account.pw_uid, account.pw_gid
