"""Broken installations: `comptoir doctor` names the fault of each and says what to do."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trustme
from pydantic import SecretStr

from benchmarks.support.kafka_records import produce
from comptoir.postgres_url import with_login
from comptoir.repository import REPOSITORY
from comptoir.settings import Settings, get_settings
from doctor.alerts import examine_alerts
from doctor.examination import EXAMINATIONS, examine, examine_settings
from doctor.files import examine_files
from doctor.finding import Finding, Level
from doctor.kafka import examine_kafka
from doctor.ports import examine_ports
from doctor.postgres import examine_postgres
from doctor.shop import examine_shop
from doctor.tools import examine_tools
from tests.support.receivers import serving

NOWHERE = "postgresql://nobody:x@127.0.0.1:1/none"


def wrong(findings: Iterator[Finding]) -> dict[str, Finding]:
    """Part → what is wrong with it."""
    return {one.part: one for one in findings if one.level is not Level.FINE}


def named(finding: Finding, *words: str, level: Level = Level.BLOCKS) -> None:
    assert finding.level is level, finding.line
    assert finding.remedy, finding.line
    for word in words:
        assert word in finding.line


def test_a_machine_without_java(tmp_path: Path) -> None:
    named(wrong(examine_tools(Settings(), path=str(tmp_path)))["java"], "not on the PATH", "make setup")


def test_a_java_that_is_too_old(tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.22\"' >&2\n")
    java.chmod(0o755)
    named(wrong(examine_tools(Settings(), path=f"{tmp_path}:/usr/bin:/bin"))["java"], "Java 11", "17 or newer")


def test_a_set_up_that_was_not_finished(tmp_path: Path) -> None:
    found = wrong(examine_tools(Settings(lib_dir=tmp_path)))
    named(found["kafka"], "kafka_2.13", "make setup")
    named(found["spark"], "spark-sql-kafka", "make setup")
    named(found["connector"], "source-shopify is not installed", "make setup")


def test_a_manifest_that_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "dbt_project" / "models").mkdir(parents=True)
    (tmp_path / "dbt_project" / "models" / "new.sql").write_text("select 1")
    monkeypatch.setattr("doctor.tools.REPOSITORY", tmp_path)
    named(wrong(examine_tools(Settings()))["dbt"], "manifest.json is missing", "comptoir dbt parse")
    manifest = tmp_path / "dbt_project" / "target" / "shopify" / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("{}")
    os.utime(manifest, (1, 1))
    named(wrong(examine_tools(Settings()))["dbt"], "older than models/new.sql", level=Level.WARNS)


def test_a_real_shop_with_the_demo_s_secrets() -> None:
    found = list(examine_settings(Settings(demo_shop=False)))
    assert {one.level for one in found} == {Level.BLOCKS}
    text = " ".join(one.line for one in found)
    assert "COMPTOIR_PSEUDONYM_KEY is the value of the demo" in text and "set your own" in text


def test_a_setting_that_cannot_be_read_is_said_by_the_command() -> None:
    command = [sys.executable, "-m", "cli.app", "doctor"]
    environment = {**os.environ, "COMPTOIR_SHOP_TIMEZONE": "Mars/Olympus"}
    ended = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "COMPTOIR_SHOP_TIMEZONE is 'Mars/Olympus'" in ended.stderr and "Europe/Paris" in ended.stderr


def test_secrets_that_others_may_read_and_a_full_disk(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "secrets.env").write_text("x")
    (tmp_path / "secrets.env").chmod(0o644)
    settings = Settings(data_dir=tmp_path, disk_free_limit=0.9999)
    found = [one for one in examine_files(settings, repository=tmp_path) if one.level is not Level.FINE]
    text = " ".join(one.line for one in found)
    assert f"chmod 600 {tmp_path}/secrets.env" in text and f"chmod 700 {tmp_path}" in text
    named({one.part: one for one in found}["disk"], "% of the disk", "free space")
    named({one.part: one for one in found}["search"], "no search index", "comptoir run daily", level=Level.WARNS)


def test_a_port_that_another_program_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = Settings(data_dir=tmp_path, collector_port=port)
        named(wrong(examine_ports(settings))["ports"], f":{port} (COMPTOIR_COLLECTOR_PORT)", level=Level.WARNS)
        monkeypatch.setenv("COMPTOIR_COLLECTOR_PORT", str(port))
        get_settings.cache_clear()
        named(wrong(examine_ports(settings))["ports"], f":{port}", "choose another port")


def test_stores_that_are_away(tmp_path: Path, free_port: Callable[[], int]) -> None:
    named(
        wrong(examine_postgres(Settings(postgres_url=NOWHERE)))["postgres"], "does not answer", "COMPTOIR_POSTGRES_URL"
    )
    brokers = f"127.0.0.1:{free_port()}"
    named(wrong(examine_kafka(Settings(kafka_bootstrap=brokers)))["kafka"], brokers, "COMPTOIR_KAFKA_BOOTSTRAP")


class Magento(BaseHTTPRequestHandler):
    """A shop that knows one token and one store view."""

    def do_GET(self) -> None:
        known = self.headers["Authorization"] == "Bearer right"
        body = json.dumps([{"code": "fr"}] if known else {"message": "refused"}).encode()
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing on the terminal."""


def test_a_shop_that_refuses_the_token_or_lacks_the_store_view() -> None:
    shop = HTTPServer(("127.0.0.1", 0), Magento)
    given = {"demo_shop": False, "shop_platform": "magento", "shop_url": f"http://127.0.0.1:{shop.server_port}"}
    with serving(shop):
        revoked = Settings(**given, shop_api_password=SecretStr("revoked"))
        named(wrong(examine_shop(revoked))["shop"], "refuses the token (HTTP 401)", "COMPTOIR_SHOP_API_PASSWORD")
        right = Settings(**given, shop_api_password=SecretStr("right"))
        named(wrong(examine_shop(right))["shop"], "no store view default", "COMPTOIR_SHOP_STORE_VIEW: fr")
        assert not wrong(examine_shop(right.model_copy(update={"shop_store_view": "fr"})))
    named(wrong(examine_shop(revoked))["shop"], "does not answer", "COMPTOIR_SHOP_URL")


def test_a_certificate_that_has_ended_and_channels_that_are_none(tmp_path: Path) -> None:
    authority = trustme.CA()
    ended = authority.issue_cert("shop.example", not_after=datetime.now(UTC) - timedelta(days=1))
    file = tmp_path / "ended.pem"
    ended.cert_chain_pems[0].write_to_path(file)
    settings = Settings(
        postgres_url=NOWHERE,
        data_dir=tmp_path,
        demo_shop=False,
        watched_certificates=[str(file)],
        alert_channels={"team": SecretStr("slack://not-a-token")},
        alert_routes={"team:bi": ["pager"]},
    )
    found = [one for one in examine_alerts(settings) if one.level is not Level.FINE]
    text = " ".join(one.line for one in found)
    assert "has ended" in text and "renew it" in text
    assert "does not understand the address of team" in text
    assert "channels that do not exist: pager" in text


def test_a_certificate_is_read_from_the_server_that_shows_it(tmp_path: Path) -> None:
    soon = trustme.CA().issue_cert("localhost", not_after=datetime.now(UTC) + timedelta(days=10))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    soon.configure_cert(context)
    server = HTTPServer(("127.0.0.1", 0), Magento)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        settings = Settings(
            postgres_url=NOWHERE, data_dir=tmp_path, watched_certificates=[f"127.0.0.1:{server.server_port}"]
        )
        named(wrong(examine_alerts(settings))["certificate"], "ends in 9 days", "renew", level=Level.WARNS)


def test_an_examination_that_breaks_is_a_finding_and_the_others_go_on() -> None:
    def broken(settings: Settings) -> Iterator[Finding]:
        raise KeyError("x")

    found = list(examine(Settings(demo_shop=False), (broken, examine_settings)))
    assert found[0].part == "doctor" and "KeyError" in found[0].line
    assert len(found) > 1
    assert len(EXAMINATIONS) == 9


@pytest.mark.services
def test_a_warehouse_without_rights_schemas_or_readers(make_database: Callable[[], str], postgres_server: str) -> None:
    database = make_database()
    assert not wrong(examine_postgres(Settings(postgres_url=database)))
    refused = Settings(postgres_url=database, reporter_password=SecretStr("forgotten"))
    named(wrong(examine_postgres(refused))["postgres"], "role reporter cannot log in", "COMPTOIR_REPORTER_PASSWORD")
    with psycopg.connect(database) as connection:
        connection.execute("drop schema marts cascade")
        connection.execute("create role guest login password 'guest'")
    try:
        found = list(examine_postgres(Settings(postgres_url=with_login(database, "guest", "guest"))))
    finally:
        with psycopg.connect(database) as connection:
            connection.execute("drop role guest")
    text = " ".join(one.line for one in found if one.level is Level.BLOCKS)
    assert "does not own database" in text and "may not create the logins" in text
    assert "schemas are missing: marts" in text


@pytest.mark.services
def test_a_broker_that_keeps_clicks_for_too_long(kafka: str, topics: tuple[str, str]) -> None:
    produce(kafka, topics[0], [b"old"], at=datetime.now(UTC) - timedelta(days=3))
    settings = Settings(kafka_bootstrap=kafka, clicks_topic=topics[0], clicks_bad_topic=topics[1], clicks_topic_days=1)
    words = f"topic {topics[0]} holds 1 records that are older than 1 days", "retention.ms=86400000"
    named(wrong(examine_kafka(settings))["kafka"], *words, level=Level.WARNS)


@pytest.mark.services
def test_a_broker_without_the_topics(kafka: str, topics: tuple[str, str]) -> None:
    settings = Settings(kafka_bootstrap=kafka, clicks_topic=topics[0], clicks_bad_topic="nobody.made.it")
    named(wrong(examine_kafka(settings))["kafka"], "no topic nobody.made.it", "kafka-topics.sh")
