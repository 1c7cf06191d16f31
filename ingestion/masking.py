"""What a shop, a connector or Postgres says about a record, without its values: more people read logs than raw.

Names of fields, streams and types stay, because they say what to mend.
"""

from __future__ import annotations

import re2

from privacy.mail_addresses import without_mail_addresses

# RE2, whose time is linear in the text: whoever fills in a form of the shop writes it
MAX_CHARACTERS = 10_000  # of an answer that are looked at
_MASKS = (
    # the body of an answer, where Airbyte's connectors quote it whole
    (re2.compile(r"(?is)\b((?:response (?:text|content|data|\(body\))|error message)(?: is)?):? .*"), r"\1: ..."),
    # a page, an object or a list in JSON or as Python shows it, also one that was cut off
    (re2.compile(r"(?is)<(?:!doctype|html|\?xml).*"), "<...>"),
    (re2.compile(r"(?s)\{.*\}|\{.*"), "{...}"),
    (re2.compile(r"(?s)\[\s*\".*\]|\[\s*\".*"), "[...]"),
    # a word that Python, Postgres or a schema's check calls a value
    (
        re2.compile(
            r"(?i)((?:base \d+|float|isoformat string|range|(?:type|enum) [\w. ]+): |\bvalue |time data )"
            r"(?:'[^'\n]*'|\"[^\"\n]*\")"
        ),
        r"\1'...'",
    ),
    (re2.compile(r"(?:'[^'\n]*'|\"[^\"\n]*\")( is not (?:of type|an? |one of|valid))"), r"'...'\1"),
    # what is quoted and is no name of a field, a type or a file; Python's bytes
    (re2.compile(r"\bb(?:'[^'\n]*'|\"[^\"\n]*\")"), "'...'"),
    (re2.compile(r"\B'[^'\n]*[^'\w.:/$<>-][^'\n]*'\B|\"[^\"\n]*[^\"\w.:/$<>-][^\"\n]*\""), "'...'"),
    (re2.compile(r"\+\d[\d ()./-]{5,}\d"), "(telephone)"),
    (re2.compile(r"(?i)(customers?[/=: ]+)\d+"), r"\1..."),
)


def without_values(text: str) -> str:
    """The text without bodies of answers, objects, quoted texts and values, mails, telephones and customers' numbers.

    A name that stands in a sentence like any other word stays: nothing tells it from one. Linear in the text.
    """
    text = without_mail_addresses(text)
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return str(text)


def start_of(text: str, characters: int = 200) -> str:
    """The same in one line, and no longer than that: cut afterwards, since half a quoted text is none."""
    return without_values(" ".join(text[:MAX_CHARACTERS].split()))[:characters]
