"""The line under each page's title: how old the figures are, and whether the gates passed."""

from __future__ import annotations

import streamlit as st

from bi.build_state import read_build_state, state_words
from bi.reading import read
from bi.state import language
from comptoir.settings import get_settings


def status_line() -> None:
    """Draw the line, as a warning when a check failed. Raises MartsUnavailable."""
    state = read_build_state(read)
    words = state_words(state, get_settings().shop_timezone, language())
    if state.failed:
        st.warning(words, icon=":material/warning:")
    else:
        st.caption(words)
