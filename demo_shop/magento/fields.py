"""The query parameter `fields`: which parts of an answer are requested, e.g. `items[sku,name],total_count`.

Source: Adobe Commerce, "Retrieve filtered responses".
"""

from __future__ import annotations

import re
from typing import Any

Fields = dict[str, "Fields"]
"""Name -> the requested parts below it; empty: all of it."""
TOKEN = re.compile(r"[\w-]+|\[|\]|,")


def parse_fields(text: str) -> Fields:
    """The tree of requested names. Missing closing brackets are added at the end."""
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
    """`content` with only the requested parts, of a list those of each item."""
    if not wanted:
        return content
    if isinstance(content, list):
        return [only(item, wanted) for item in content]
    if isinstance(content, dict):
        return {name: only(content[name], inner) for name, inner in wanted.items() if name in content}
    return content
