"""The vendors' own descriptions of their APIs, which the demo shop is compared with where they are given."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from comptoir.repository import REPOSITORY


class VendorSchemas(BaseSettings):
    """COMPTOIR_VENDOR_SCHEMAS, from the environment or `.env`: a folder with the files as the vendors publish them."""

    model_config = SettingsConfigDict(env_prefix="COMPTOIR_", env_file=REPOSITORY / ".env", extra="ignore")

    vendor_schemas: Path | None = None
