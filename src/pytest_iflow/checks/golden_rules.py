"""Rules beside a golden message: what of it is not compared, or not to the letter.

The rules of ``order.json`` stand in ``order.golden.toml``::

    ignore = ["$.timestamp"]                                # not compared, may be missing
    mask = [{ path = "$.id", pattern = "[0-9a-f-]{36}" }]   # another value that fits the pattern
    tolerance = [{ path = "$.price", by = 0.01 }]           # another number that is so close
    numbers = ["$.amount"]                                  # texts that are numbers: equal by value
    any-order = [{ path = "$.items", key = "id" }]          # any order; paired by key
    format = "csv"                                          # where the file does not tell by itself
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args

from msgspec import Struct

from pytest_iflow.checks.relations import Relation
from pytest_iflow.checks.text_relations import matches
from pytest_iflow.errors import ConfigurationError, closest_name
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.tenants.suite_files import decode_text, require_small
from pytest_iflow.tenants.tenant_schema import line_of, read_toml, toml_mistake

SUFFIX = ".golden.toml"

_ALL = frozenset({"$", "$.*", "$[*]", "$..*", "$..[*]", "/", "//*", "//node()"})
_ROOT_ELEMENT = lazy_pattern(r"/[^/@\[\]()]+(?:\[1\])?")
Kind = Literal["ignore", "mask", "tolerance", "numbers", "any-order"]
Format = Literal["json", "xml", "text", "csv", "edifact", "x12", "idoc"]

FORMATS: tuple[Format, ...] = get_args(Format)
_BARE: frozenset[str] = frozenset({"ignore", "numbers", "any-order"})
"""Kinds of rules that may be just a path."""
_KEYS: dict[Kind, tuple[str, ...]] = {
    "ignore": ("path",),
    "mask": ("path", "pattern"),
    "tolerance": ("path", "by"),
    "numbers": ("path",),
    "any-order": ("path", "key"),
}
_OPTIONAL = frozenset({"key"})
_EXAMPLES: dict[Kind, str] = {
    "ignore": 'ignore = ["$.timestamp"]',
    "mask": 'mask = [{ path = "$.id", pattern = "[0-9a-f-]{36}" }]',
    "tolerance": 'tolerance = [{ path = "$.price", by = 0.01 }]',
    "numbers": 'numbers = ["//Price"]',
    "any-order": 'any-order = [{ path = "$.items", key = "id" }]',
}


class Rule(Struct, frozen=True, eq=False):
    """One rule: ``path`` says of what, ``line`` is that of the file.

    ``pattern`` belongs to ``mask``, ``by`` to ``tolerance``, ``key`` to ``any-order``.
    """

    kind: Kind
    path: str
    line: int
    pattern: Relation | None = None
    by: Decimal = Decimal(0)
    key: str | None = None


class GoldenRules(Struct, frozen=True):
    """The rules of one golden message; ``path`` is their file, be it there or not."""

    path: Path
    rules: tuple[Rule, ...] = ()
    format: Format | None = None

    def where(self, rule: Rule) -> str:
        """Return file and line of a rule."""
        return f"{self.path}:{rule.line}"

    def check_paths(self, check: Callable[[str], None]) -> None:
        """Raise ConfigurationError with file and line for a path that ``check`` refuses."""
        for rule in self.rules:
            try:
                check(rule.path)
            except ConfigurationError as error:
                place = f" ({error.where})" if error.where else ""
                raise ConfigurationError(
                    f"{error.what}{place}", where=self.where(rule), remedy=error.remedy
                ) from None

    def refuse_to_ignore_all(self) -> None:
        """Raise ConfigurationError for a rule that leaves nothing of a message to be compared."""
        for rule in self.rules:
            if rule.kind == "ignore" and leads_to_all(rule.path):
                raise ConfigurationError(
                    f"{self.path.name}: ignore {rule.path} leaves nothing of the message to be compared",
                    where=self.where(rule),
                    remedy="name the parts that may differ, such as $.timestamp or //Timestamp",
                )


def leads_to_all(path: str) -> bool:
    """Whether a path leads to the whole message, JSON or XML, or to all that is in it."""
    return path in _ALL or _ROOT_ELEMENT.fullmatch(path) is not None


def rules_file(golden: Path) -> Path:
    """Return the file with the rules of a golden message.

    ``order.golden.toml`` is that of ``order.json``, and of ``order.golden.json``.
    """
    return golden.with_name(golden.stem.removesuffix(".golden") + SUFFIX)


def read_rules(golden: Path, read: Callable[[Path], bytes]) -> GoldenRules:
    """Read the rules beside a golden message; none where there is no such file.

    Raises ConfigurationError, with file and line, for a file that cannot be read or used.
    """
    path = rules_file(golden)
    try:
        data = read(path)
        require_small(data, path)
        text = decode_text(data, path)
    except FileNotFoundError:
        return GoldenRules(path)
    except OSError as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error}", where=str(path)) from None
    try:
        content = read_toml(text, Decimal)
    except RecursionError:
        what = f"{path.name} is not valid TOML: it is nested too deeply"
        raise ConfigurationError(what, where=f"{path}:1") from None
    except ValueError as error:
        mistake = toml_mistake(error, text)
        raise ConfigurationError(
            f"{path.name} is not valid TOML: {mistake.what}",
            where=f"{path}:{mistake.line}",
            remedy="Write paths and patterns between single quotes, in which \\ stands for itself.",
        ) from None
    return _RulesFile(path, text).rules(content)


def with_ignored(text: str, paths: Iterable[str]) -> str:
    """Return the text of a file of rules with more paths that are ignored; all else in it stays.

    Raises ConfigurationError for a file that cannot be added to.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise ConfigurationError(f"it is not valid TOML: {error}", remedy="Correct the file.") from None
    if "ignore" not in document:
        document.add("ignore", tomlkit.array())
    ignore = document["ignore"]
    if not isinstance(ignore, list):
        raise ConfigurationError(
            f"ignore has to be a list: {_EXAMPLES['ignore']}", remedy="Correct the rule."
        )
    known = [each.get("path") if isinstance(each, dict) else each for each in ignore]
    for path in paths:
        if path not in known:
            ignore.append(path)
    written: str = tomlkit.dumps(document)
    return written


class _RulesFile:
    """Turns the content of a file into rules; each error names the line."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text

    def rules(self, content: Mapping[str, Any]) -> GoldenRules:
        format_ = content.get("format")
        found: list[Rule] = []
        for key, value in content.items():
            if key == "format":
                if value not in FORMATS:
                    raise self._error(f"format is one of {', '.join(FORMATS)}", key)
            elif key not in _KEYS:
                raise self._unknown(key, (*_KEYS, "format"), "", key)
            else:
                found += self._rules_of(key, value)
        return GoldenRules(self._path, tuple(found), format_)

    def _rules_of(self, kind: Kind, entries: object) -> Iterator[Rule]:
        if not isinstance(entries, list):
            raise self._error(f"{kind} has to be a list: {_EXAMPLES[kind]}", kind)
        for entry in entries:
            fields = {"path": entry} if isinstance(entry, str) and kind in _BARE else entry
            if not isinstance(fields, dict):
                raise self._error(f"{kind} is written as {_EXAMPLES[kind]}", kind)
            yield self._rule(kind, fields)

    def _rule(self, kind: Kind, fields: dict[str, Any]) -> Rule:
        known = _KEYS[kind]
        path = fields.get("path")
        near = path if isinstance(path, str) else kind
        for name in fields:
            if name not in known:
                raise self._unknown(name, known, f" in {kind}", kind)
        missing = [name for name in known if name not in fields and name not in _OPTIONAL]
        if missing:
            raise self._error(
                f"{missing[0]} is missing in a rule of {kind}: write {_EXAMPLES[kind]}", kind, near
            )
        for name in ("path", "pattern", "key"):
            if name in fields and not (isinstance(fields[name], str) and fields[name]):
                raise self._error(f"{name} in {kind} has to be a text", kind, near)
        line = self._line(kind, near)
        return Rule(
            kind, str(path), line, self._pattern(fields, line), self._by(fields, line), fields.get("key")
        )

    def _pattern(self, fields: dict[str, Any], line: int) -> Relation | None:
        if "pattern" not in fields:
            return None
        try:
            return matches(fields["pattern"])
        except ValueError as error:
            raise self._at(line, str(error)) from None

    def _by(self, fields: dict[str, Any], line: int) -> Decimal:
        by = fields.get("by", 0)
        if isinstance(by, bool) or not isinstance(by, int | Decimal) or not Decimal(by).is_finite() or by < 0:
            raise self._at(line, "by in tolerance has to be a number that is not below 0")
        return Decimal(by)

    def _unknown(self, name: str, known: tuple[str, ...], within: str, kind: str) -> ConfigurationError:
        near = closest_name(name, known)
        question = f"did you mean {near}? There are" if near else "there are"
        return self._error(f'There is no key "{name}"{within}; {question} {", ".join(known)}', kind, name)

    def _error(self, what: str, kind: str, near: str = "") -> ConfigurationError:
        return self._at(self._line(kind, near), what)

    def _at(self, line: int, what: str) -> ConfigurationError:
        return ConfigurationError(
            f"{self._path.name}: {what}", where=f"{self._path}:{line}", remedy="Correct the rule."
        )

    def _line(self, kind: str, near: str) -> int:
        """Return the first line, from that of the kind on, with a key or a text between quotes."""
        start = line_of(self._text, [kind]) or 1
        quoted = re.compile(rf"""(?<![\w-])(["']?){re.escape(near)}\1(?![\w-])""") if near else None
        for number, line in enumerate(self._text.splitlines()[start - 1 :], start=start):
            if quoted and quoted.search(line):
                return number
        return start
