"""Prices as people write them: `899`, `1.299,00`, `1,299.00`, `EUR 12`, `12 €`."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

NO_PRICE = Decimal("NaN")
_AMOUNT = re.compile(r"[-+]?\d[\d.,'\u00a0\u202f ]*(?:[eE][-+]?\d+)?")


def read_price(said: Any, digits: int = 2) -> Decimal:
    """The amount with so many decimals; NaN where there is none, or two that could be meant."""
    if isinstance(said, bool) or said is None:
        return NO_PRICE
    found = _AMOUNT.findall(str(said))
    if len(found) != 1:
        return NO_PRICE
    text = re.sub(r"['\u00a0\u202f ]", "", found[0])
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:  # the later of the two separates the decimals
        text = text.replace("," if point > comma else ".", "").replace(",", ".")
    elif comma >= 0:
        text = text.replace(",", "." if re.fullmatch(r"[-+]?\d+,\d{1,2}", text) else "")
    elif text.count(".") > 1:
        text = text.replace(".", "")
    try:
        return Decimal(text).quantize(Decimal(1).scaleb(-digits))
    except InvalidOperation:
        return NO_PRICE
