"""Fit what a client wrote to a type of the contract, where its meaning is clear; asked only when it does not fit.

Numbers as texts and texts as numbers, 1.0 for 1, one value for a list of one, null for an empty list, a list of levels
for a category, a text that is too long for people to read. Anything else is refused with the name of the field.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from msgspec import Struct, ValidationError, inspect

NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?")  # 1299.00; what could be 1299 or 1.299 is nobody's guess
GLOBAL_ID = re.compile(r"gid://shopify/\w{1,100}/(\d{1,20})(\?.*)?")
JOIN = " / "  # between the levels of a category


def fit(raw: dict[str, Any], model: type[Struct], drops: bool = False) -> dict[str, Any]:
    """The fields of `raw` that `model` knows, in the types that it asks for; `raw` is left as it is.

    With `drops` a field that does not fit is left out, if it may be. Raises ValidationError with the field's name.
    """
    return _struct(raw, _fields(model), "", drops)


@cache
def _fields(model: type[Struct]) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(model)
    if not isinstance(info, inspect.StructType):
        raise TypeError(f"{model} is no struct")
    return info.fields


def _struct(raw: dict[str, Any], fields: tuple[inspect.Field, ...], path: str, drops: bool) -> dict[str, Any]:
    fitted: dict[str, Any] = {}
    for field in fields:
        name = field.encode_name
        if name not in raw:
            continue
        try:
            value = _fit(raw[name], field.type, f"{path}.{name}" if path else name, drops)
        except ValidationError:
            if drops and not field.required:
                continue
            raise
        if value is None and not _takes_none(field.type):
            if field.required:
                raise ValidationError(f"Object missing required field `{name}`" + (f" - at `{path}`" if path else ""))
            continue
        fitted[name] = value
    return fitted


def _fit(value: Any, kind: inspect.Type, path: str, drops: bool) -> Any:
    extra: dict[str, Any] = {}
    while isinstance(kind, inspect.Metadata):
        extra |= kind.extra or {}
        kind = kind.type
    match kind:
        case inspect.UnionType():
            return _union(value, kind, path, drops)
        case inspect.StructType():
            if isinstance(value, dict):
                return _struct(value, kind.fields, path, drops)
            raise _wrong("an object", value, path)
        case inspect.ListType():
            return _list(value, kind, path, drops)
        case inspect.StrType():
            return _text(value, kind, path, extra)
        case inspect.IntType() | inspect.FloatType():
            return _number(value, kind, path)
        case inspect.BoolType():
            if isinstance(value, bool):
                return value
            raise _wrong("true or false", value, path)
        case inspect.LiteralType() if value not in kind.values:
            raise _wrong("one of the known values", value, path)
    return value


def _union(value: Any, kind: inspect.UnionType, path: str, drops: bool) -> Any:
    if value is None or (value == "" and _takes_none(kind)):
        return None
    error: ValidationError | None = None
    for one in sorted(kind.types, key=lambda one: not _is_of(value, one)):
        if isinstance(one, inspect.NoneType):
            continue
        try:
            return _fit(value, one, path, drops)
        except ValidationError as wrong:
            error = error or wrong
    raise error or _wrong("a value", value, path)


def _list(value: Any, kind: inspect.ListType, path: str, drops: bool) -> list[Any]:
    if value is None:
        return []
    items = value if isinstance(value, list) else [value]
    if kind.max_length is not None and len(items) > kind.max_length:
        raise ValidationError(f"{len(items)} items, at most {kind.max_length} are taken - at `{path}`")
    return [_fit(item, kind.item_type, f"{path}[{place}]", drops) for place, item in enumerate(items)]


def _text(value: Any, kind: inspect.StrType, path: str, extra: Mapping[str, Any]) -> str:
    if isinstance(value, list) and value and all(isinstance(item, str | int | float) for item in value):
        value = JOIN.join(str(item) for item in value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _wrong("a text", value, path)
    text = str(value)
    if extra.get("capitals"):
        text = text.strip().upper()
    if found := GLOBAL_ID.fullmatch(text):
        text = found[1]
    if kind.min_length is not None and len(text) < kind.min_length:
        raise ValidationError(f"Expected a text of at least {kind.min_length} characters - at `{path}`")
    if kind.pattern is not None and not re.search(kind.pattern, text):
        raise ValidationError(f"Expected a text that matches {kind.pattern} - at `{path}`")
    if kind.max_length is not None and len(text) > kind.max_length:
        if not extra.get("cut"):
            raise ValidationError(f"{len(text)} characters, at most {kind.max_length} are taken - at `{path}`")
        text = text[: kind.max_length]
    return text


def _number(value: Any, kind: inspect.IntType | inspect.FloatType, path: str) -> int | float:
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _wrong("a number", value, path)
    if isinstance(kind, inspect.IntType) and isinstance(value, float):
        if not value.is_integer():
            raise _wrong("a whole number", value, path)
        value = int(value)
    if (kind.ge is not None and value < kind.ge) or (kind.le is not None and value > kind.le):
        raise ValidationError(f"Expected a number from {kind.ge} to {kind.le} - at `{path}`")
    return value


def _takes_none(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.UnionType) and kind.includes_none


def _is_of(value: Any, kind: inspect.Type) -> bool:
    """Whether the value has the type's kind already: it is tried first."""
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    match kind:
        case inspect.StrType():
            return isinstance(value, str)
        case inspect.IntType():
            return isinstance(value, int) and not isinstance(value, bool)
        case inspect.FloatType():
            return isinstance(value, float)
        case inspect.ListType():
            return isinstance(value, list)
        case inspect.StructType() | inspect.DictType():
            return isinstance(value, dict)
    return False


def _wrong(wanted: str, value: Any, path: str) -> ValidationError:
    return ValidationError(f"Expected {wanted}, got {type(value).__name__} - at `{path}`")
