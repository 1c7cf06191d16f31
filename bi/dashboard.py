"""The dashboard in the browser: `streamlit run bi/dashboard.py`. It reads the marts as the role `reporter`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from bi.reporter import MartsUnavailable
from bi.state import keep, kept, language, t
from bi.status import status_line
from bi.texts import LANGUAGES
from bi.views import behaviour, customers, operations, products, recommendations, sales, search

HERE = Path(__file__).parent
PAGES = {
    "Sales": (sales.page, ":material/payments:"),
    "Behaviour": (behaviour.page, ":material/conversion_path:"),
    "Products": (products.page, ":material/devices:"),
    "Customers": (customers.page, ":material/group:"),
    "Search": (search.page, ":material/search:"),
    "Recommendations": (recommendations.page, ":material/recommend:"),
    "Operations": (operations.page, ":material/monitor_heart:"),
}

st.set_page_config(page_title="Comptoir", page_icon=str(HERE / "icon.svg"), layout="wide")
st.logo(str(HERE / "logo.svg"), size="large")
st.html(HERE / "dashboard.css")
pages = [st.Page(page, title=t(name), url_path=name.lower(), icon=icon) for name, (page, icon) in PAGES.items()]
# a default page has no address of its own, and a link to /sales would not be found
start = st.Page(lambda: st.switch_page(pages[0]), title="Comptoir", url_path="start", default=True, visibility="hidden")
chosen = st.navigation([start, *pages], position="top")
if chosen is start:
    kept()  # what stands in the link, which the next page has not
    chosen.run()
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    st.title(chosen.title)
    spoken = st.segmented_control(
        "Language", list(LANGUAGES), default=language(), required=True, format_func=str.upper, key="language",
        label_visibility="collapsed",
    )  # fmt: skip
if spoken != language():
    keep("language", None if spoken == "en" else spoken)
    st.rerun()
try:
    status_line()
    chosen.run()
except MartsUnavailable as error:
    st.error(t(str(error)))
