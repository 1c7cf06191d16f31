"""The `fields` query parameter: which parts of an answer are wanted, e.g. `items[sku,name],total_count`."""

from __future__ import annotations

import re
from typing import Any

Fields = dict[str, "Fields"]
TOKEN = re.compile(r"[\w-]+|\[|\]|,")


def parse_fields(text: str) -> Fields:
    """A tree of names; a name without brackets stands for all of it. Unbalanced brackets close at the end."""
    root: Fields = {}
    stack, last = [root], root
    for token in TOKEN.findall(text):
        if token == "[":
            stack.append(last)
        elif token == "]":
            if len(stack) > 1:
                stack.pop()
        elif token != ",":
            last = stack[-1].setdefault(token, {})
    return root


def only(content: Any, wanted: Fields) -> Any:
    """`content` with nothing but what is wanted; lists are cut item by item."""
    if not wanted:
        return content
    if isinstance(content, list):
        return [only(item, wanted) for item in content]
    if isinstance(content, dict):
        return {name: only(content[name], inner) for name, inner in wanted.items() if name in content}
    return content
