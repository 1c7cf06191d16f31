"""The dashboard in the browser: `streamlit run bi/dashboard.py`. It reads the marts as the role `reporter`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from bi.database import MartsUnavailable

HERE = Path(__file__).parent
PAGES = HERE / "pages"

st.set_page_config(page_title="Comptoir", page_icon=str(HERE / "icon.svg"), layout="wide")
st.logo(str(HERE / "logo.svg"), size="large")
st.html(HERE / "dashboard.css")
chosen = st.navigation(
    [
        st.Page(PAGES / "sales.py", title="Sales", icon=":material/payments:", default=True),
        st.Page(PAGES / "behaviour.py", title="Behaviour", icon=":material/conversion_path:"),
    ],
    position="top",
)
try:
    chosen.run()
except MartsUnavailable as error:
    st.error(str(error))
