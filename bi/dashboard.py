"""The dashboard in the browser: `streamlit run bi/dashboard.py`. It reads the marts as the role `reporter`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from bi.pages import behaviour, sales
from bi.reporter import MartsUnavailable

HERE = Path(__file__).parent

st.set_page_config(page_title="Comptoir", page_icon=str(HERE / "icon.svg"), layout="wide")
st.logo(str(HERE / "logo.svg"), size="large")
st.html(HERE / "dashboard.css")
chosen = st.navigation(
    [
        st.Page(sales.page, title="Sales", url_path="sales", icon=":material/payments:", default=True),
        st.Page(behaviour.page, title="Behaviour", url_path="behaviour", icon=":material/conversion_path:"),
    ],
    position="top",
)
try:
    chosen.run()
except MartsUnavailable as error:
    st.error(str(error))
