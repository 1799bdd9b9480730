"""Names by which pytest can select scenarios and rows, whatever their texts hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain, count

from pytest_iflow.secrets.registry import mask

LONGEST = 80
"""Characters of an id; a longer one is cut, since it is typed and read."""


def selectable(text: str) -> str:
    """Replace what separates the parts of a node id, ``::`` and brackets, and mask secrets.

    pytest writes ids into its cache, and they have to be the same when it reads them.
    """
    text = mask(text)
    for written, instead in (("::", ":"), ("[", "("), ("]", ")")):
        text = text.replace(written, instead)
    return " ".join(text.split())


def row_ids(rows: Sequence[Sequence[str]]) -> list[tuple[str, int]]:
    """Return an id for each row, its values joined by ``-``, and how often it has come so far.

    Equal ids are told apart by ``#2``, ``#3`` and so on.
    """
    seen: Counter[str] = Counter()
    taken: set[str] = set()
    ids = []
    for values in rows:
        name = selectable("-".join(values))[:LONGEST].strip() or "empty"
        seen[name] += 1
        numbered = (f"{name}#{number}" for number in count(2))
        row_id = next(one for one in chain([name], numbered) if one not in taken)
        taken.add(row_id)
        ids.append((row_id, seen[name]))
    return ids
