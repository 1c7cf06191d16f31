"""What the embedded stack is given when it starts: random secrets, once, and ports that are free."""

from __future__ import annotations

import secrets
from pathlib import Path

from dotenv import dotenv_values

from comptoir.setting_mistakes import variable
from comptoir.setting_secrets import GENERATED
from comptoir.settings import Settings, get_settings, settings_of_operator
from local.ports import find_free_port, is_listening


def ensure_secrets(data_dir: Path) -> None:
    """Write `secrets.env` with random values, readable by this user only; what it already holds stays.

    Before the settings are read: those of a real shop are refused while they hold the demo's secrets.
    """
    file = data_dir / "secrets.env"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    known = dotenv_values(file)
    missing = [name for name in GENERATED if variable(name) not in known]
    with file.open("a") as opened:
        opened.write(_lines({name: secrets.token_urlsafe(24) for name in missing}))


def ensure_free_ports(settings: Settings) -> dict[str, tuple[int, int]]:
    """Choose other ports for those in use, and keep them in `ports.env`; returns {setting: (taken, chosen)}.

    Call it while the stack is down. Raises RuntimeError for a taken port that the operator chose in the environment
    or in `.env`.
    """
    named = settings_of_operator()
    ports = {name: getattr(settings, name) for name in type(settings).model_fields if name.endswith("_port")}
    moved: dict[str, tuple[int, int]] = {}
    for name, port in ports.items():
        if not is_listening(port, settings.host):
            continue
        if name in named:
            raise RuntimeError(f"Port {port} ({variable(name)}) is in use: free it or set another.")
        moved[name] = (port, find_free_port(settings.host))
    if moved:
        chosen = {name: new for name, (_, new) in moved.items()}
        (settings.data_dir / "ports.env").write_text(_lines({**ports, **chosen}))
        get_settings.cache_clear()
    return moved


def _lines(values: dict[str, str] | dict[str, int]) -> str:
    return "".join(f"{variable(name)}={value}\n" for name, value in values.items())
