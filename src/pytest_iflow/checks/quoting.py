"""How errors quote values, places and lists: short, and in the notation of JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from pytest_iflow.checks.json_number import JsonFloat
from pytest_iflow.tenants.secrets import mask, mask_part

SHOWN_CHARACTERS = 120
LISTED_ENTRIES = 50
_AROUND_CHARACTERS = 30
_PLAIN_NAME = re.compile(r"[^\W\d]\w*")


def as_text(value: Any) -> str:
    """Give a value as a feature file writes it: texts bare, all else as JSON does."""
    if isinstance(value, str | JsonFloat | Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def shown(value: Any) -> str:
    """Quote a value as JSON, cut after 120 characters."""
    if isinstance(value, JsonFloat | Decimal):
        return cut(str(value))
    text = ""
    # Chunk by chunk: a value of 200 MB is not written out for the sake of its first 120 characters.
    for chunk in json.JSONEncoder(ensure_ascii=False, default=float).iterencode(value):
        text += chunk
        if len(text) > SHOWN_CHARACTERS:
            break
    return cut(text)


def cut(text: str) -> str:
    """Shorten a text to 120 characters, masked before: half a secret would not be recognised."""
    return text if len(text) <= SHOWN_CHARACTERS else f"{mask_part(text, 0, SHOWN_CHARACTERS)}…"


def around(text: str, position: int) -> str:
    """Quote the text around a position, on one line."""
    start = max(position - _AROUND_CHARACTERS, 0)
    return one_line(mask_part(text, start, position + _AROUND_CHARACTERS))


def one_line(text: str) -> str:
    """Put a text on one line of at most 120 characters."""
    return cut(" ".join(mask(text).split()))


def listed(entries: Sequence[str]) -> str:
    """Put each entry on a line of its own, at most 50 of them."""
    lines = [f"\n  {entry}" for entry in entries[:LISTED_ENTRIES]]
    if len(entries) > LISTED_ENTRIES:
        lines.append(f"\n  and {len(entries) - LISTED_ENTRIES} more")
    return "".join(lines)


def json_path(keys: Iterable[str | int]) -> str:
    """Write member names and array indexes as a JSONPath (RFC 9535)."""
    steps = ["$"]
    for key in keys:
        if isinstance(key, int):
            steps.append(f"[{key}]")
        elif _PLAIN_NAME.fullmatch(key):
            steps.append(f".{key}")
        else:
            escaped = key.replace("\\", "\\\\").replace("'", "\\'")
            steps.append(f"['{escaped}']")
    return "".join(steps)
