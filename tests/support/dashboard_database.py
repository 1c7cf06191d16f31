"""Which database the dashboard's code reads in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import streamlit as st

from comptoir.settings import get_settings


@contextmanager
def reading_from(database_url: str, **settings: str) -> Iterator[None]:
    """The dashboard reads this one, as `reporter`, until it ends; `settings` are others beside, by their names."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {"postgres_url": database_url, "reporter_password": "reporter", **settings}.items():
            environment.setenv(f"COMPTOIR_{name.upper()}", value)
        get_settings.cache_clear()
        st.cache_data.clear()
        yield
    get_settings.cache_clear()
