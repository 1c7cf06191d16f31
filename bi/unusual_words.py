"""An unusual day in words, for a page or a report."""

from __future__ import annotations

from functools import partial

from bi.filters import FILTERS
from bi.formats import signed_percent
from bi.texts import Language, read_as, translated
from bi.unusual import UnusualDay


def unusual_words(one: UnusualDay, language: Language) -> str:
    """Return what is unusual about a day: "−38 %; Channel: Email −91 %"."""
    t = partial(translated, language=language)
    words = signed_percent(one.change, language)
    if one.dimension is None or one.part is None:
        return f"{words}; {t('all parts alike')}"
    part = f"{read_as(one.part, language)} {signed_percent(one.part_change, language)}"
    return f"{words}; {t(FILTERS[one.dimension])}: {part}"
