"""The demo shop's own certificate authority, kept across restarts so that clients can go on trusting it."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme

CA_FILE = "ca.pem"
CA_KEY_FILE = "ca.key"


def server_context(directory: Path, hosts: list[str]) -> ssl.SSLContext:
    """A TLS context with a new certificate for `hosts` (names, wildcards, addresses), by the directory's authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority(directory).issue_cert(*hosts).configure_cert(context)
    return context


def authority(directory: Path) -> trustme.CA:
    """The authority in `directory`, created when missing. Clients trust its file `ca.pem`."""
    certificate, key = directory / CA_FILE, directory / CA_KEY_FILE
    if certificate.exists() and key.exists():
        return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    directory.mkdir(parents=True, exist_ok=True)
    created = trustme.CA(organization_name="Comptoir demo shop")
    key.touch(mode=0o600)
    created.private_key_pem.write_to_path(str(key))
    created.cert_pem.write_to_path(str(certificate))
    return created
