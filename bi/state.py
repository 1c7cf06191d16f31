"""What the reader chose, kept over pages, reloads and links: in the session, and in the address of the page."""

from __future__ import annotations

from typing import cast

import streamlit as st

from bi.filters import FILTERS, NAMES
from bi.texts import LANGUAGES, Language, read_as, translated

KEPT = "kept"


def kept() -> dict[str, str]:
    """Return what is chosen by name; a new session begins with what stands in the address."""
    if KEPT not in st.session_state:
        st.session_state[KEPT] = {name: value for name, value in st.query_params.to_dict().items() if name in NAMES}
    return cast(dict[str, str], st.session_state[KEPT])


def keep(name: str, value: str | None) -> None:
    """Keep a choice, None for none; a control with the key `name` follows when it is drawn the next time."""
    if value:
        kept()[name] = value
    else:
        kept().pop(name, None)


def choose_filter(name: str, value: str | None) -> None:
    """Set a filter from a click on a table or a mark: before the run, so that its control shows it."""
    keep(name, value)
    st.session_state[name] = value or ""


def write_link() -> None:
    """Put all that is chosen into the address, so that it can be sent to others."""
    if st.query_params.to_dict() != kept():
        st.query_params.from_dict(kept())


def view_name(page: str) -> str:
    """Return what is shown, as the browser names its tab and a bookmark: "Sales · 7 days · Laptops – Comptoir"."""
    chosen = kept()
    period = t(chosen.get("period", "28 days"))
    if days := [chosen[name] for name in ("first_day", "last_day") if name in chosen]:
        period = " – ".join(dict.fromkeys(days))
    narrowed = [read_as(chosen[name], language()) for name in ("currency", *FILTERS) if name in chosen]
    return f"{' · '.join([page, period, *narrowed])} – Comptoir"


def language() -> Language:
    """Return the language that was chosen, English at first."""
    chosen = kept().get("language", "en")
    return cast(Language, chosen) if chosen in LANGUAGES else "en"


def t(text: str) -> str:
    """Return the text in the reader's language."""
    return translated(text, language())
