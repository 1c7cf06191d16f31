"""What a shop, a connector or Postgres says about a record, without its values: more people read logs than raw.

Names of fields, streams and types stay, because they say what to mend.
"""

from __future__ import annotations

import re2

from privacy.mail_addresses import without_mail_addresses

# RE2, whose time is linear in the text: whoever fills in a form of the shop writes it
MAX_CHARACTERS = 10_000  # of an answer that are looked at
_MASKS = (
    # an answer or a part of it, by the words with which Airbyte's connectors introduce it
    (
        re2.compile(
            r"(?is)\b((?:response(?: (?:text|content|data|\(body\)))?|details|request failed|error message)(?: is)?)"
            r": .*|\b((?:response (?:text|content|data|\(body\))|error message)(?: is)?) .*"
        ),
        r"\1\2: ...",
    ),
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
# of errors: a place in a traceback, the line that names what was raised, and where a sentence begins to quote
MAX_LABEL = 80  # characters of it
_FRAME = re2.compile(r'  File "[^"]+", line \d+, in \S+$')
_RAISED = re2.compile(r"Traceback \(|During handling of|The above exception|[\w.]+(?:Error|Exception|Interrupt|Exit)\b")
_COLON = re2.compile(r":\s+")
# before and behind a colon that introduces nothing quoted
_LABELS = (
    (re2.compile(r"(?i)\bstatus(?: code)?$"), re2.compile(r"\d{3}\b")),
    (re2.compile(r"(?i)\b(?:stream|job)$"), re2.compile(r"`[\w:/.-]+`")),
    (re2.compile(r"^Stream `[a-z_]+`$"), re2.compile("")),
    (re2.compile(r"\b(?:Import|ModuleNotFound)Error$"), re2.compile("")),
)


def without_values(text: str) -> str:
    """The text without what an answer said, objects, quoted texts and values, mails, telephones, customers' numbers.

    An answer is known by the words that introduce it: a name in a sentence of the connector's own would stay.
    Linear in the text.
    """
    text = without_mail_addresses(text)
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return str(text)


def own_words(text: str) -> str:
    """Of an error its own words alone: each sentence up to the colon behind which it quotes, and where it was raised.

    A sentence may quote anybody, and nothing tells a name from its other words. Lines of a traceback stay, because they
    are source code; what else follows the first line is left out. Linear in the text.
    """
    first, *others = text.splitlines() or [""]
    kept, is_source = [without_values(_up_to_its_quote(first))], False
    for line in others:
        if _FRAME.match(line):
            kept.append(line)
            is_source = True
        elif is_source and line.startswith("    "):
            kept.append(without_values(line))
        else:
            is_source = False
            kept += [without_values(_up_to_its_quote(line))] if _RAISED.match(line) else []
    return "\n".join(kept)


def _up_to_its_quote(sentence: str) -> str:
    for colon in _COLON.finditer(sentence):
        before = sentence[max(0, colon.start() - MAX_LABEL) : colon.start()]
        behind = sentence[colon.end() : colon.end() + MAX_LABEL]
        if not any(label.search(before) and named.match(behind) for label, named in _LABELS):
            return f"{sentence[: colon.start()]}: ..."
    return sentence


def start_of(text: str, characters: int = 200) -> str:
    """The same in one line, and no longer than that: cut afterwards, since half a quoted text is none."""
    return without_values(" ".join(text[:MAX_CHARACTERS].split()))[:characters]
