"""A compose file: the processes that `comptoir up` starts, one container each, of one image. See docs/deploy.md.

It is written inside the image, so that its commands name the image's paths. All containers share the machine's
network, as under systemd: what listens on loopback stays there. See the Compose specification.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from comptoir.repository import REPOSITORY
from local.services import BIN, STORES, Service
from local.supervision import write_environment
from local.systemd import CLICK_PATH, CLICK_WEIGHT, OTHER_WEIGHT

FILE = "compose.yaml"
SHARES_A_WEIGHT = 1024 / 100  # Docker's shares are 1024 where systemd's weight is 100
WRITES_ITS_PROJECT = ("dagster-code",)  # dbt, which its runs start, writes beside its models
SHARED_MEMORY = "1gb"  # of Postgres, whose parallel queries need more than the 64 MB that are usual


def write_compose(
    services: Sequence[Service], common: Mapping[str, str], folder: Path, image: str, volumes: Sequence[str]
) -> list[Path]:
    """Write the compose file and a file of variables for each process, readable by this user alone; returns them.

    `common` is the environment of all processes, each service's own holds its secrets. `volumes`, "name:path", are
    what may be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    environments = folder / "environments"
    environments.mkdir(mode=0o700, exist_ok=True)
    stores = {service.name: {"condition": "service_started"} for service in services if service.name in STORES}
    preparation = Service("prepare", [str(BIN / "comptoir"), "deploy", "prepare"], lambda: None)
    listed: dict[str, Any] = {}
    for service in (*services, preparation):
        is_store = service.name in STORES
        after = stores if service is preparation else {"prepare": {"condition": "service_completed_successfully"}}
        listed[service.name] = _container(service, image, volumes) | ({} if is_store else {"depends_on": after})
    listed["prepare"]["restart"] = "on-failure"  # until the stores answer
    named = {volume.partition(":")[0]: None for volume in volumes if not volume.startswith("/")}
    file = folder / FILE
    file.write_bytes(msgspec.yaml.encode({"name": "comptoir", "services": listed, "volumes": named}))
    written = [environments / "common.env"]
    write_environment(written[0], common)
    for service in services:
        if service.environment:
            written.append(environments / f"{service.name}.env")
            write_environment(written[-1], service.environment)
    return [file, *written]


def _container(service: Service, image: str, volumes: Sequence[str]) -> dict[str, Any]:
    weight = CLICK_WEIGHT if service.name in CLICK_PATH else OTHER_WEIGHT
    files = ["environments/common.env", *([f"environments/{service.name}.env"] if service.environment else [])]
    return {
        "image": image,
        "command": [word.replace("$", "$$") for word in service.command],  # which would be a variable
        "entrypoint": [],
        "working_dir": str(REPOSITORY),
        "env_file": files,
        "network_mode": "host",
        "volumes": list(volumes),
        "tmpfs": ["/tmp"],
        "read_only": service.name not in WRITES_ITS_PROJECT,
        "init": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "cpu_shares": round(weight * SHARES_A_WEIGHT),
        "restart": "always",
        "stop_signal": "SIGINT" if service.name == "postgres" else "SIGTERM",  # INT: not waiting for its clients
        "stop_grace_period": "30s",
        **({"shm_size": SHARED_MEMORY} if service.name == "postgres" else {}),
    }
