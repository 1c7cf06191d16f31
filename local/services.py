"""The processes of the embedded stack: what runs, in which order, and when each is ready."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

from comptoir.postgres_url import with_database
from comptoir.repository import REPOSITORY
from comptoir.settings import Settings
from local import backup, kafka, postgres
from local.ports import is_listening

PYTHON = sys.executable
BIN = Path(sys.executable).parent
STORES = ("postgres", "kafka")  # all other processes need these


@dataclass(frozen=True)
class Service:
    """One supervised process.

    `ready` raises until the process can be used, within `ready_within` seconds; `user` is the system user it runs as,
    ours when None; `url` is shown to the operator; `environment` holds what it alone is told.
    """

    name: str
    command: list[str]
    ready: Callable[[], object]
    ready_within: float = 180  # a busy small machine takes its time to import
    user: str | None = None
    url: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    starts_with_stack: bool = True


def services(settings: Settings) -> list[Service]:
    """Every process, in the order it starts."""
    return [*_stores(settings), *_shop(settings), *_flows(settings), *_faces(settings), *_visitors(settings)]


def _stores(settings: Settings) -> list[Service]:
    found = []
    data = settings.data_dir
    if not settings.postgres_url:
        server = with_database(settings.database_url, "postgres")
        postgres_dir = data / "postgres"
        archiving = backup.archiving(settings.wal_archive) if settings.wal_archive else {}
        found.append(
            Service(
                "postgres",
                postgres.command(postgres_dir, settings.host, settings.postgres_port, **archiving),
                lambda: psycopg.connect(server, connect_timeout=2).close(),
                user=postgres.system_user(),
                url=f"postgresql://{settings.host}:{settings.postgres_port}/{settings.postgres_database}",
            )
        )
    if not settings.kafka_bootstrap:
        properties = data / "kafka" / "server.properties"
        days = settings.topic_days
        found.append(
            Service(
                "kafka",
                kafka.command(settings.kafka_jars_dir, properties),
                lambda: kafka.create_topics(settings.bootstrap_servers, list(days), settings.clicks_partitions, days),
                url=settings.bootstrap_servers,
            )
        )
    return found


def _shop(settings: Settings) -> list[Service]:
    if not settings.demo_shop:
        return []
    return [
        Service(
            "demo-shop",
            [PYTHON, "-m", "demo_shop.server"],
            lambda: _http_ok(f"{settings.demo_shop_url}/demo/health", ca=settings.demo_shop_dir / "ca.pem"),
            url=settings.demo_shop_url,
        ),
        Service(
            "demo-proxy",
            [PYTHON, "-m", "demo_shop.shopify.proxy"],
            lambda: _listening(settings.demo_proxy_port, settings.host),
        ),
    ]


def _flows(settings: Settings) -> list[Service]:
    return [
        Service(
            "collector",
            [PYTHON, "-m", "collector"],
            lambda: _http_ok(f"{settings.collector_url}/ready"),
            url=settings.collector_url,
        ),
        Service("stream", [PYTHON, "-m", "streaming.job"], lambda: _beating(settings, "stream")),
    ]


def _faces(settings: Settings) -> list[Service]:
    dagster_options = ["-w", str(REPOSITORY / "orchestration" / "embedded_workspace.yaml")]
    dashboard = ["run", str(REPOSITORY / "bi" / "dashboard.py"), "--server.headless=true"]
    dashboard += [f"--server.port={settings.dashboard_port}", f"--server.address={settings.host_of('dashboard')}"]
    code_server = ["-m", "orchestration.definitions", "--location-name", "comptoir", "-h", settings.host]
    webserver = ["-h", settings.host_of("dagster-webserver"), "-p", str(settings.dagster_port), *dagster_options]
    return [
        Service(
            "storefront",
            [PYTHON, "-m", "storefront.api"],
            lambda: _listening(settings.storefront_port, settings.host_of("storefront")),
            url=settings.storefront_url,
        ),
        Service("search-follower", [str(BIN / "comptoir"), "search", "follow"], lambda: None),
        Service(
            "dashboard",
            [str(BIN / "streamlit"), *dashboard, "--browser.gatherUsageStats=false"],
            lambda: _http_ok(f"{settings.dashboard_url}/_stcore/health"),
            url=settings.dashboard_url,
        ),
        Service(
            "dagster-code",
            [str(BIN / "dagster"), "api", "grpc", *code_server, "-p", str(settings.dagster_code_port)],
            lambda: _listening(settings.dagster_code_port, settings.host),
        ),
        Service(
            "dagster-webserver",
            [str(BIN / "dagster-webserver"), *webserver],
            lambda: _http_ok(f"{settings.dagster_url}/server_info"),
            url=settings.dagster_url,
        ),
        *_readers(settings, dagster_options),
        *_privacy(settings),
        Service("dagster-daemon", [str(BIN / "dagster-daemon"), "run", *dagster_options], lambda: None),
        Service(  # the last: what still starts is no alert
            "alerts",
            [PYTHON, "-m", "alerting"],
            lambda: None,
            url=settings.operations_url,
        ),
    ]


def _readers(settings: Settings, dagster_options: list[str]) -> list[Service]:
    if not settings.dagster_for_readers:
        return []
    host, port = settings.host_of("dagster-readers"), settings.dagster_readers_port
    return [
        Service(
            "dagster-readers",
            [str(BIN / "dagster-webserver"), "--read-only", "-h", host, "-p", str(port), *dagster_options],
            lambda: _http_ok(f"http://{host}:{port}/server_info"),
            url=f"http://{host}:{port}",
        )
    ]


def _privacy(settings: Settings) -> list[Service]:
    """The receiver of the shop's webhooks, only with a shop app's secret: without one it would refuse every webhook."""
    if not settings.webhook_secrets:
        return []
    host = settings.host_of("privacy")
    return [
        Service(
            "privacy",
            [PYTHON, "-m", "ingestion.webhook_receiver"],
            lambda: _listening(settings.privacy_port, host),
            url=f"http://{host}:{settings.privacy_port}",
        )
    ]


def _visitors(settings: Settings) -> list[Service]:
    """The visitor simulator. `comptoir demo` starts it once the history has been sent."""
    if not settings.demo_shop:
        return []
    return [Service("visitors", [PYTHON, "-m", "demo_shop.traffic.simulator"], lambda: None, starts_with_stack=False)]


def require_java() -> None:
    """Raises RuntimeError without Java on the PATH, before supervisor would try to start Kafka again and again."""
    if not shutil.which("java"):
        raise RuntimeError("Java is not on the PATH: Kafka and Spark need Java 17 or newer; `make setup` installs it.")


def _http_ok(url: str, ca: Path | None = None) -> None:
    import ssl

    context = ssl.create_default_context(cafile=ca) if ca else True
    httpx.get(url, timeout=3, verify=context).raise_for_status()


def _listening(port: int, host: str) -> None:
    if not is_listening(port, host):
        raise ConnectionError(f"nothing listens on {host}:{port}")


def _beating(settings: Settings, process: str, within_seconds: int = 30) -> None:
    with psycopg.connect(settings.database_url_as("watcher"), connect_timeout=2) as connection:
        found = connection.execute(
            "select beat_at > now() - make_interval(secs => %s) from ops.heartbeats where process = %s",
            [within_seconds, process],
        ).fetchone()
    if not found or not found[0]:
        raise ConnectionError(f"the {process} has no heartbeat of the last {within_seconds} s")
