"""`make audit`: what we stand on is listed, and a database that does not answer is no clean result."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from comptoir.repository import REPOSITORY
from comptoir.settings import get_settings

TOOLS = get_settings().lib_dir / "audit" / "bin"


@pytest.mark.skipif(not (TOOLS / "pip-audit").exists(), reason="`make audit` installs its tools")
def test_without_a_network_it_says_that_nothing_was_audited(tmp_path: Path) -> None:
    sbom, requirements = tmp_path / "sbom.json", tmp_path / "requirements.lock"
    requirements.write_text("psycopg==3.3.9\nkafka-python==3.0.12\n")
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "NO_PROXY": "", "no_proxy": ""}
    ended = subprocess.run(
        ["sh", "local/audit.sh", str(TOOLS), str(sbom), str(requirements)],
        cwd=REPOSITORY,
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 3, ended.stdout + ended.stderr
    assert "NOT AUDITED" in ended.stderr and "Traceback" not in ended.stderr
    found = json.loads(sbom.read_text())
    purls = {component["purl"] for component in found["components"]}
    assert found["bomFormat"] == "CycloneDX" and purls == {"pkg:pypi/psycopg@3.3.9", "pkg:pypi/kafka-python@3.0.12"}
