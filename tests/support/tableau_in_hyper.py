"""Tableau's calculated fields, computed by Hyper over an extract."""

from __future__ import annotations

import re


def in_hyper(text: str) -> str:
    """Say a calculated field in Hyper's SQL, where Tableau's division is that of real numbers."""
    text = re.sub(r"\[(\w+)\]", r"{\1}", text).replace('"', "'")
    text = re.sub(r"\{(\w+)\}", r'"\1"', text).replace("COUNTD(", "COUNT(DISTINCT ").replace(" / ", " * 1e0 / ")
    return re.sub(r"ISNULL\((\S+?)\)", r"(\1 IS NULL)", text.replace("IF ", "CASE WHEN "))
