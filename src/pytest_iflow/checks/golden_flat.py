"""How a message of lines or segments differs from a golden message, by the rules beside it."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from itertools import zip_longest
from operator import attrgetter

from pytest_iflow.checks.flat_records import FlatMessage, Record, separator_of
from pytest_iflow.checks.golden_rules import Format, GoldenRules, Rule
from pytest_iflow.checks.golden_value import (
    NOTHING,
    Difference,
    Place,
    rule_of,
    ruled_identity,
    value_difference,
)
from pytest_iflow.checks.pairing import in_pairs
from pytest_iflow.checks.quoting import shown
from pytest_iflow.checks.side_by_side import NO_VALUE
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.lazy_pattern import lazy_pattern

_SEGMENT_PATH = lazy_pattern(r"(\*|\w+)(?:\[(\d+)\])?(?:\.(\w+(?:\.\d+)?))?")
_LINE_PATH = lazy_pattern(r"line ([1-9]\d*)")
_HOW: dict[Format, str] = {
    "text": "line 3",
    "csv": "the name of a column, or its number",
    "edifact": "UNB.5, DTM, DTM[2].1.2 or *.1",
    "x12": "ISA.13, GS.6 or REF[2]",
    "idoc": "*.DOCNUM, EDI_DC40.CREDAT or E1EDK03[2].SDATA",
}
_Pair = tuple[Record | None, Record | None]


def check_flat_rules(rules: GoldenRules, format_: Format) -> None:
    """Raise ConfigurationError, with file and line, for a rule that means nothing in this format."""
    pattern = {"text": _LINE_PATH, "csv": re.compile(".+")}.get(format_, _SEGMENT_PATH)

    def check(path: str) -> None:
        if not pattern.fullmatch(path):
            raise ConfigurationError(
                f"{path!r} names nothing of a golden message of the format {format_}",
                remedy=f"Write {_HOW[format_]}.",
            )

    rules.check_paths(check)
    if any_order := rule_of(rules.rules, "any-order"):
        raise ConfigurationError(
            f"any-order is a rule for JSON and XML, and the golden message is of the format {format_}",
            where=rules.where(any_order),
            remedy="Ignore what stands in another order, or let the flow sort it.",
        )


class FlatGolden:
    """Compares one answer with a golden message; ``used`` are the rules that fit something in either."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._by_label: dict[tuple[str, str, int], list[Rule]] = {}
        self._format: Format = "text"
        self.used: set[Rule] = set()

    def differences(self, golden: FlatMessage, found: FlatMessage) -> Iterator[Difference]:
        """Yield each difference with line and column, or segment and element."""
        if golden.format == "csv" and (marks := _other_separator(golden.text, found.text)):
            yield Difference(Place(lambda: "what separates cells"), lambda: marks)
        for one, other in self.pairs(golden, found, with_ends=False):
            if one is not None and other is not None:
                yield from self._cells(one, other)
            elif one is not None:
                yield _difference(one, self._format, shown(one.text), NO_VALUE)
            elif other is not None:
                yield _difference(other, self._format, NO_VALUE, shown(other.text))

    def pairs(self, golden: FlatMessage, found: FlatMessage, *, with_ends: bool = True) -> Iterator[_Pair]:
        """Pair the records that are compared; None for what is not in the other message.

        Those at both ends that do not differ are left out unless ``with_ends``.
        """
        self._format = golden.format
        ours, theirs = (
            [each for each in one.records if not self.is_ignored(each)] for one in (golden, found)
        )
        return in_pairs(ours, theirs, self._fits, self._identity, attrgetter("name"), with_ends=with_ends)

    def _cells(self, golden: Record, found: Record) -> Iterator[Difference]:
        for label in {**golden.cells, **found.cells}:
            rules = self.rules_of(found, label)
            pair = golden.cells.get(label, NOTHING), found.cells.get(label, NOTHING)
            place = _place(found, label, self._format, pair)
            if difference := value_difference(place, rules, *pair):
                yield difference

    def _fits(self, golden: Record, found: Record) -> bool:
        return golden.name == found.name and next(self._cells(golden, found), None) is None

    def _identity(self, record: Record) -> Hashable:
        """Return the same for records that do not differ by the rules."""
        ruled = ((label, self.rules_of(record, label), cell) for label, cell in record.cells.items())
        return record.name, tuple(
            (label, ruled_identity(rules, cell))
            for label, rules, cell in ruled
            if not rule_of(rules, "ignore")
        )

    def is_ignored(self, record: Record) -> bool:
        """Whether a rule leaves out the whole record."""
        return rule_of(self.rules_of(record, ""), "ignore") is not None and self._format != "text"

    def rules_of(self, record: Record, label: str) -> list[Rule]:
        """Return the rules for a cell, or for the record where ``label`` is empty."""
        if not self._rules:
            return []
        key = record.name, label, record.number if self._format == "text" else record.occurrence
        if key not in self._by_label:
            self._by_label[key] = [rule for rule in self._rules if self._is_about(rule, record, label)]
            self.used.update(self._by_label[key])
        return self._by_label[key]

    def _is_about(self, rule: Rule, record: Record, label: str) -> bool:
        if self._format == "text":
            return rule.path == f"line {record.number}"
        if self._format == "csv":
            columns = list(record.cells)
            return rule.path == label or (label in columns and rule.path == str(columns.index(label) + 1))
        found = _SEGMENT_PATH.fullmatch(rule.path)
        if (
            found is None
            or found[1] not in ("*", record.name)
            or found[2] not in (None, str(record.occurrence))
        ):
            return False
        return found[3] is None or label == found[3] or label.startswith(f"{found[3]}.")


def _other_separator(golden: str, found: str) -> tuple[str, str] | None:
    """Return what separates the cells of two CSV files, where both have several columns, and others."""
    ours, theirs = separator_of(golden), separator_of(found)
    both_separate = ours in golden.partition("\n")[0] and theirs in found.partition("\n")[0]
    return (shown(ours), shown(theirs)) if both_separate and ours != theirs else None


def _difference(record: Record, format_: Format, expected: str, found: str) -> Difference:
    return Difference(_place(record, "", format_, ("", "")), lambda: (expected, found))


def _place(record: Record, label: str, format_: Format, pair: tuple[object, object]) -> Place:
    def place() -> str:
        if format_ == "csv":
            number = f" ({list(record.cells).index(label) + 1})" if label in record.cells else ""
            return f"line {record.number}" + (f', column "{label}"{number}' if label else "")
        if format_ == "text":
            return f"line {record.number}{_column(pair)}"
        kind = "line" if format_ == "idoc" else "segment"
        several = f"[{record.occurrence}]" if record.occurrence > 1 else ""
        return f"{kind} {record.number}, {record.name}{several}{f'.{label}' if label else ''}"

    def path() -> str:
        if format_ == "csv":
            return label
        if format_ == "text":
            return f"line {record.number}"
        return f"{record.name}.{label}" if label else record.name

    return Place(place, path)


def _column(pair: tuple[object, object]) -> str:
    """Say at which character two lines differ first."""
    one, other = pair
    if not (isinstance(one, str) and isinstance(other, str)) or one == other:
        return ""
    places = enumerate(zip_longest(one, other), start=1)
    return next((f", column {number}" for number, (a, b) in places if a != b), "")
