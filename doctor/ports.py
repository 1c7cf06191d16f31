"""TCP ports that another program has taken while the stack is down."""

from __future__ import annotations

from collections.abc import Iterator

from comptoir.setting_mistakes import variable
from comptoir.settings import Settings, settings_of_operator
from doctor.finding import Finding, blocks, fine, warns
from local.ports import is_listening
from local.supervision import Supervisor


def examine_ports(settings: Settings) -> Iterator[Finding]:
    """Each taken port: in the way when the operator chose it, else `comptoir up` takes another."""
    if Supervisor(settings.data_dir).is_running():
        yield fine("ports", "the stack runs.")
        return
    chosen = settings_of_operator()
    names = [name for name in type(settings).model_fields if name.endswith("_port")]
    taken = [name for name in names if is_listening(getattr(settings, name), settings.host)]
    for name in taken:
        sentence = f"another program listens on {settings.host}:{getattr(settings, name)} ({variable(name)})."
        if name in chosen:
            yield blocks("ports", sentence, "stop that program, or choose another port")
        else:
            yield warns("ports", sentence, "nothing: `comptoir up` chooses a free one")
    if not taken:
        yield fine("ports", "every port is free.")
