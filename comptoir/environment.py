"""The environment handed on: to processes that we start, and to libraries that read it in this one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from comptoir.logins import SECRETS, ProcessName
from comptoir.postgres_url import without_login
from comptoir.setting_mistakes import variable, written
from comptoir.setting_secrets import SECRET_SETTINGS
from comptoir.settings import Settings


def child_environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a process we start inherits: our environment with `changes`."""
    return {**os.environ, **(changes or {})}


def environment_without_secrets() -> dict[str, str]:
    """Our environment, for a process that is told its secrets otherwise."""
    secrets = {variable(name) for name in SECRET_SETTINGS}
    return {name: value for name, value in os.environ.items() if name not in secrets}


def secret_environment(settings: Settings, process: ProcessName) -> dict[str, str]:
    """The variables of a process's secrets that are set, with its name; and the warehouse's address without a login."""
    found: dict[str, str] = {variable("process"): process}
    for name in SECRETS[process]:
        value = getattr(settings, name)
        if value and name in settings.model_fields_set:
            found[variable(name)] = written(value)
    if settings.postgres_url:
        found[variable("postgres_url")] = without_login(str(settings.postgres_url))
    return found


@contextmanager
def changed_environment(changes: Mapping[str, str]) -> Iterator[None]:
    """`changes` for a library that reads the environment in this very process; put back afterwards."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
