"""What is wrong with a setting, as one sentence for the operator: which variable, what is wrong, what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

PREFIX = "COMPTOIR_"

# pydantic's type of error → what to write instead; {…} are pydantic's own values
ADVICE = {
    "literal_error": "write {expected}",
    "bool_parsing": "write true or false",
    "int_parsing": "write a whole number",
    "int_from_float": "write a whole number",
    "float_parsing": "write a number",
    "greater_than": "write a number greater than {gt}",
    "greater_than_equal": "write a number of {ge} or more",
    "less_than_equal": "write a number of {le} or less",
    "date_from_datetime_parsing": "write a date as 2026-01-31",
    "date_from_datetime_inexact": "write a date as 2026-01-31",
    "url_parsing": "write an address as https://example.com",
    "url_scheme": "write an address that begins with {expected_schemes}",
}


class SettingsError(RuntimeError):
    """Settings that cannot be used: a sentence a line, each naming its variable and what to do."""


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def plain(value: object) -> object:
    """The value itself, of a secret too."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def written(value: object) -> str:
    """The value as its environment variable holds it: lists and tables as JSON, secrets in clear."""
    if isinstance(value, dict):
        return json.dumps({key: plain(each) for key, each in value.items()})
    if isinstance(value, list):
        return json.dumps([plain(each) for each in value])
    return str(plain(value))


def sentence(error: Mapping[str, Any], is_secret: bool) -> str:
    """One of pydantic's errors in words; the value of a secret is not shown."""
    name = variable(str(error["loc"][0])) if error["loc"] else "A setting"
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        advice = str(context["error"])
    else:
        advice = ADVICE.get(error["type"], error["msg"]).format(**context)
    shown = "not usable" if is_secret else repr(error["input"])
    return f"{name} is {shown}: {advice}."
