"""Names by which pytest can select scenarios and rows, whatever their texts hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

LONGEST = 80
"""Characters of an id; a longer one is cut, since it is typed and read."""


def selectable(text: str) -> str:
    """Replace what separates the parts of a node id: ``::`` and brackets."""
    for written, instead in (("::", ":"), ("[", "("), ("]", ")")):
        text = text.replace(written, instead)
    return " ".join(text.split())


def row_ids(rows: Sequence[Sequence[str]]) -> list[tuple[str, int]]:
    """Return an id for each row, its values joined by ``-``, and how often it has come so far.

    Equal ids are told apart by ``#2``, ``#3`` and so on.
    """
    seen: Counter[str] = Counter()
    ids = []
    for values in rows:
        name = selectable("-".join(values))[:LONGEST].strip() or "empty"
        seen[name] += 1
        ids.append((name if seen[name] == 1 else f"{name}#{seen[name]}", seen[name]))
    return ids
