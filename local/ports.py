"""Whether a TCP port is in use, and finding a free one."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

_BELOW_EPHEMERAL = range(20_000, 32_000)
_found: set[int] = set()


def is_listening(port: int, host: str = "127.0.0.1") -> bool:
    """True when something accepts TCP connections on `host:port`."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def find_free_port(host: str = "127.0.0.1") -> int:
    """A TCP port nobody uses right now, and that this process has not found before.

    It lies below the ports that kernels give to outgoing connections (Linux from 32768, macOS from 49152), so it is
    still free when a server that takes a minute to start binds it. Raises OSError when there is none.
    """
    for port in random.SystemRandom().sample(_BELOW_EPHEMERAL, len(_BELOW_EPHEMERAL)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe, suppress(OSError):
            probe.bind((host, port))
            if port not in _found:
                _found.add(port)
                return port
    raise OSError(f"no free TCP port on {host} from {_BELOW_EPHEMERAL.start} to {_BELOW_EPHEMERAL.stop - 1}")
