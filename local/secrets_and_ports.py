"""What a fresh installation gets once: secrets of its own, and ports nobody else uses."""

from __future__ import annotations

import secrets
from pathlib import Path

from comptoir.settings import REPOSITORY, Settings, get_settings
from local.ports import find_free_port, is_listening

SECRETS = ("owner_password", "storefront_password", "reporter_password", "pseudonym_key")


def ensure_secrets(settings: Settings) -> None:
    """Write `secrets.env` with random values, readable by us only, unless it is there."""
    file = settings.data_dir / "secrets.env"
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    _write(file, {name: secrets.token_urlsafe(24) for name in SECRETS})


def ensure_free_ports(settings: Settings) -> dict[str, tuple[int, int]]:
    """Move our ports away from those in use; returns {setting: (taken, chosen)}. Call it while nothing of ours runs.

    Raises RuntimeError for a taken port that the operator named in the environment or in `.env`.
    """
    named = Settings(_env_file=REPOSITORY / ".env").model_fields_set  # type: ignore[call-arg]
    ports = {name: getattr(settings, name) for name in type(settings).model_fields if name.endswith("_port")}
    moved: dict[str, tuple[int, int]] = {}
    for name, port in ports.items():
        if not is_listening(port, settings.host):
            continue
        if name in named:
            raise RuntimeError(f"Port {port} (COMPTOIR_{name.upper()}) is in use: free it or name another.")
        moved[name] = (port, find_free_port(settings.host))
    if moved:
        chosen = {name: new for name, (_, new) in moved.items()}
        _write(settings.data_dir / "ports.env", {**ports, **chosen})
        get_settings.cache_clear()
    return moved


def _write(file: Path, values: dict[str, str] | dict[str, int]) -> None:
    file.write_text("".join(f"COMPTOIR_{name.upper()}={value}\n" for name, value in values.items()))
