"""What changed in a value, the rows of a table or a text, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from difflib import SequenceMatcher
from itertools import takewhile

from msgspec import Struct

from pytest_iflow.iflow_model.xml_reading import rows

_SHORT = 100
"""Characters of a value that are shown; of a longer one a piece around what changed."""

_BEFORE = 30
"""Characters that are shown before the first one that changed."""

_MOST_PAIRS = 4_000_000
"""Pairs of lines that are compared one by one; of longer texts equal lines are counted."""

_ROWS = {"headerTable": "header", "propertyTable": "exchange property", "variable": "variable"}
"""What the rows of a table are."""

_WORDS = {
    "wrapContent": "content",
    "bodyType": "type of the body",
    "script": "script",
    "scriptFunction": "function of the script",
    "scriptBundleId": "script collection",
    "mappinguri": "mapping",
    "storageName": "data store",
    "splitExprValue": "expression to split by",
    "processId": "called process",
    "scheduleKey": "schedule",
    "transactionalHandling": "transaction handling",
    "transactionTimeout": "transaction timeout",
    "allowedHeaderList": "allowed headers",
    "namespaceMapping": "namespaces",
    "returnExceptionToSender": "return of the exception to the sender",
    "httpSessionHandling": "HTTP session reuse",
    "log": "log",
}
"""Words for properties; others are called by their own names."""


class ValueChange(Struct, frozen=True):
    """A property that changed: which one, in words what, and both values."""

    property: str
    words: str
    old: str
    new: str


def line_counts(old: str, new: str) -> tuple[int, int]:
    """Return how many lines were added and removed; a changed line is both."""
    before, after = old.splitlines(), new.splitlines()
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    before, after = before[head:], after[head:]
    while before and after and before[-1] == after[-1]:
        before.pop()
        after.pop()
    if len(before) * len(after) > _MOST_PAIRS:
        return (Counter(after) - Counter(before)).total(), (Counter(before) - Counter(after)).total()
    same = sum(
        block.size for block in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    )
    return len(after) - same, len(before) - same


def line_words(old: str, new: str) -> str:
    """Return in words how the lines of two texts differ."""
    added, removed = line_counts(old, new)
    if not added and not removed:
        return "only the ends of lines changed"
    return f"{added} line{'' if added == 1 else 's'} added, {removed} removed"


def change_words(old: str, new: str) -> str:
    """Return how a value changed: both values, or how many lines differ."""
    if not old:
        return f"is now {_shown(new)}, and was empty"
    if not new:
        return f"is empty now, and was {_shown(old)}"
    if "\n" in old.strip() or "\n" in new.strip():
        return f"changed: {line_words(old, new)}"
    start = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    return f"is now {_shown(new, start)} instead of {_shown(old, start)}"


def property_changes(
    old: Mapping[str, str], new: Mapping[str, str], ignored: Collection[str] = ()
) -> Iterator[ValueChange]:
    """Yield what differs between properties; tables are compared row by row."""
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name, ""), new.get(name, "")
        if name in ignored or before == after:
            continue
        old_rows, new_rows = rows(before), rows(after)
        if old_rows is None or new_rows is None:
            yield ValueChange(name, f"{property_word(name)} {change_words(before, after)}", before, after)
            continue
        words = list(_row_changes(name, old_rows, new_rows))
        for said in words or [f"{property_word(name)}: its layout changed"]:
            yield ValueChange(name, said, before, after)


def property_word(name: str) -> str:
    """Return what a property is called."""
    return _WORDS.get(name, name)


def _row_changes(name: str, old: list[dict[str, str]], new: list[dict[str, str]]) -> Iterator[str]:
    """Yield in words which rows of a table changed; they are told apart by name, where they have one."""
    before, after = _by_name(old), _by_name(new)
    word = _ROWS.get(name, f"{property_word(name)}: row")
    for key in dict.fromkeys([*before, *after]):
        said = f'{word} "{key[0]}"' if key[0] else f"{property_word(name)}: row {key[1] + 1}"
        if key not in before:
            yield f"{said} added: {_row_words(after[key])}"
        elif key not in after:
            yield f"{said} removed"
        else:
            for cell in dict.fromkeys([*before[key], *after[key]]):
                values = before[key].get(cell, ""), after[key].get(cell, "")
                if values[0] != values[1]:
                    yield f"{said}: {cell} {change_words(*values)}"


def _by_name(table: list[dict[str, str]]) -> dict[tuple[str, int], dict[str, str]]:
    """Return rows by their name and how often that name stood before."""
    seen: Counter[str] = Counter()
    found = {}
    for row in table:
        name = row.get("Name", "")
        found[name, seen[name]] = row
        seen[name] += 1
    return found


def _row_words(row: Mapping[str, str]) -> str:
    said = [row.get("Type", ""), _shown(row.get("Value", ""))]
    return (
        " ".join(filter(None, said))
        if "Value" in row
        else ", ".join(f"{k} {_shown(v)}" for k, v in row.items() if v)
    )


def _shown(value: str, start: int = 0) -> str:
    """Return a value in quotes and one line, a piece of it around ``start`` where it is long."""
    if len(value) > _SHORT:
        begin = max(0, start - _BEFORE)
        end = begin + _SHORT
        value = f"{'…' * (begin > 0)}{value[begin:end]}{'…' * (end < len(value))}"
    return f'"{" ".join(value.split())}"'
