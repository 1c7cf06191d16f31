"""The services of a stack: each face listens at its own address."""

from __future__ import annotations

from typing import get_args

from pydantic import SecretStr

from comptoir.setting_types import Face
from comptoir.settings import Settings
from local.services import services

READ_BY_THEMSELVES = {"collector", "storefront", "privacy", "alerts"}  # their modules ask the settings


def test_each_face_listens_at_its_own_address() -> None:
    hosts = {face: f"127.0.0.{number}" for number, face in enumerate(get_args(Face), 2)}
    settings = Settings(hosts=hosts, dagster_for_readers=True, webhook_secrets=[SecretStr("hush")])  # type: ignore[arg-type]
    found = {service.name: service for service in services(settings)}
    for face, host in hosts.items():
        assert found[face].url and host in found[face].url, face
        assert face in READ_BY_THEMSELVES or host in " ".join(found[face].command), face
    assert "127.0.0.1" in found["dagster-code"].command
