"""Units for systemd: the processes that `comptoir up` starts, one unit each, for a machine that runs them for years.

Each unit gives its process its own secrets and no other's, and a view of the machine in which nothing can be written
but the platform's data. See systemd.exec(5) and systemd.service(5), and docs/deploy.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from getpass import getuser
from pathlib import Path

from comptoir.repository import REPOSITORY
from local.services import BIN, STORES, Service
from local.supervision import ENDS_ITS_CHILDREN, write_environment

TARGET, PREPARATION = "comptoir.target", "comptoir-prepare.service"
CLICK_PATH = ("kafka", "postgres", "collector", "stream", "storefront")  # go first when the processors are busy
CLICK_WEIGHT, OTHER_WEIGHT = 400, 100  # shares of processor time; systemd's own default is 100

OF_TARGET = """\
[Unit]
Description=Comptoir, the data platform of a shop
Wants={units}

[Install]
WantedBy=multi-user.target
"""

UNIT = """\
[Unit]
Description=Comptoir: {name}
PartOf={target}
After=network-online.target {after}
Wants=network-online.target
{requires}
[Service]
{kind}
ExecStart={command}
User={user}
WorkingDirectory={directory}
{environment}
KillSignal={kill_signal}
KillMode={kill_mode}
TimeoutStopSec=30
CPUWeight={weight}
UMask=0077
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths={writable}
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
LockPersonality=yes
CapabilityBoundingSet=
SystemCallArchitectures=native
"""
LASTING = "Type=exec\nRestart=always\nRestartSec=5"
# again until the stores answer: a database of one's own may start after this machine
ONCE = "Type=oneshot\nRemainAfterExit=yes\nTimeoutStartSec=300\nRestart=on-failure\nRestartSec=10"


def write_units(
    services: Sequence[Service], common: Mapping[str, str], folder: Path, data_dir: Path, writable: Sequence[Path]
) -> list[Path]:
    """Write a unit for each process, one that prepares the database, and the target of all; returns the files.

    `common` is the environment of all processes, each service's own holds its secrets: both are files in `data_dir`,
    readable by this user alone. `writable` are the folders that exist and may be written.
    """
    environments = data_dir / "environments"
    write_environment(environments / "common.env", common)
    for service in services:
        if service.environment:
            write_environment(environments / f"{service.name}.env", service.environment)
    stores = [service for service in services if service.name in STORES]
    preparation = Service("prepare", [str(BIN / "comptoir"), "deploy", "prepare"], lambda: None)
    after_all_stores = " ".join(_unit_name(store) for store in stores)
    units = {
        _unit_name(service): _unit(service, "" if service.name in STORES else PREPARATION, environments, writable)
        for service in services
    }
    units[PREPARATION] = _unit(preparation, after_all_stores, environments, writable)
    units[TARGET] = OF_TARGET.format(units=" ".join(units))
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in units.items():
        file = folder / name
        file.write_text(text)
        written.append(file)
    return written


def _unit_name(service: Service) -> str:
    return f"comptoir-{service.name}.service"


def _unit(service: Service, after: str, environments: Path, writable: Sequence[Path]) -> str:
    files = [f"EnvironmentFile={environments}/common.env"]
    if service.environment:
        files.append(f"EnvironmentFile={environments}/{service.name}.env")
    return UNIT.format(
        name=service.name,
        target=TARGET,
        after=after,
        requires=f"Requires={after}\n" if after else "",
        kind=ONCE if service.name == "prepare" else LASTING,
        command=" ".join(map(_quoted, service.command)),
        user=service.user or getuser(),
        directory=REPOSITORY,
        environment="\n".join(files),
        kill_signal="SIGINT" if service.name == "postgres" else "SIGTERM",  # INT: not waiting for its clients to leave
        kill_mode="mixed" if service.name in ENDS_ITS_CHILDREN else "control-group",
        weight=CLICK_WEIGHT if service.name in CLICK_PATH else OTHER_WEIGHT,
        writable=" ".join(map(str, writable)),
    )


def _quoted(word: str) -> str:
    """Quote a word of a command as systemd.service(5) says: no specifier, no variable, one word."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'
