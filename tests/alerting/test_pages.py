"""The pages of the watcher's process: Data Docs open as a link, nothing outside them does, metrics are Prometheus'."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from alerting import metrics
from alerting.pages import serve_pages


@pytest.fixture
def address(tmp_path: Path, free_port: Callable[[], int]):  # type: ignore[no-untyped-def]
    (tmp_path / "docs" / "raw").mkdir(parents=True)
    (tmp_path / "docs" / "raw" / "index.html").write_text("<title>gate_raw</title>")
    (tmp_path / "secrets.env").write_text("COMPTOIR_PSEUDONYM_KEY=x")
    port = free_port()
    server = serve_pages("127.0.0.1", port, tmp_path / "docs")
    yield ("127.0.0.1", port)
    server.shutdown()
    server.server_close()


def test_data_docs_open_and_nothing_else_does(address: tuple[str, int]) -> None:
    url = f"http://{address[0]}:{address[1]}"
    page = httpx.get(f"{url}/data-docs/raw/index.html")
    assert page.status_code == 200 and "gate_raw" in page.text
    for path in ("/", "/data-docs/", "/data-docs/raw", "/data-docs/%2e%2e/secrets.env", "/secrets.env"):
        assert httpx.get(f"{url}{path}", follow_redirects=False).status_code in (301, 404), path
    with socket.create_connection(address) as raw:  # as no client would write it
        raw.sendall(b"GET /data-docs/../../secrets.env HTTP/1.0\r\n\r\n")
        assert b"404" in raw.recv(4096).split(b"\r\n")[0]


def test_metrics_are_those_of_prometheus(address: tuple[str, int]) -> None:
    metrics.OPEN.labels("run", "error").set(2)
    text = httpx.get(f"http://{address[0]}:{address[1]}/metrics").text
    assert "comptoir_alerts_open" in {family.name for family in text_string_to_metric_families(text)}
