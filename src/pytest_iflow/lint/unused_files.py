"""Schemas, payloads, golden messages and data files that nothing in the suite names.

A file is named where its name stands in a step of a collected scenario, skipped ones included, in a data tag,
or in Python, tenant files and other schemas. What stands in a comment of a feature does not count.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from pytest_iflow.checks.golden_rules import SUFFIX, rules_file
from pytest_iflow.gherkin.collector import CollectedScenario
from pytest_iflow.gherkin.data_files import FORMATS
from pytest_iflow.gherkin.outline import has_placeholder, texts_of
from pytest_iflow.lint.collection import CollectedSuite, text_of
from pytest_iflow.lint.rules import Finding
from pytest_iflow.lint.scenarios import of_row

_NOT_A_MESSAGE = frozenset({".feature", ".py", ".pyc", ".md", ".toml", ".ini", ".cfg", ".lock"})
_LEFT_OUT = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})
_VARIABLE = re.compile(r"\$\{[^{}\n]*\}|<[^<>\n]*>")
_WORD = re.compile(r"[^\s\"'`|<>=(),;]+")


def unused_files(suite: CollectedSuite, files: Sequence[Path]) -> Iterator[Finding]:
    """Yield those of the files of a suite that nothing names; to be asked about a whole suite only."""
    named, patterns = _names_in_features(suite, files)
    others: dict[Path, str] = {}
    beside = {row.scenario.feature.path.parent for row in suite.rows} - {suite.root}
    for path in files:
        rule = _rule_of(path, suite, beside)
        if not rule or _is_named(path, named, patterns):
            continue
        others = others or {other: text_of(other) for other in files if _names_files(other)}
        if not any(path.name in text for other, text in others.items() if other != path):
            file = path.relative_to(suite.root).as_posix()
            yield Finding(file, 0, rule, _said(rule), "remove it, or name it in a step")


def _said(rule: str) -> str:
    return {
        "unused-schema": "no step and no other schema names this schema",
        "unused-payload": "no step names this file",
        "unused-golden": "no step names this golden message",
        "unused-data": "no @data names this file",
    }[rule]


def files_of_suite(suite: CollectedSuite) -> Iterator[Path]:
    """Yield the files of the suite, without those of tools, of reports and of virtual environments."""
    for folder, folders, names in os.walk(suite.root):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _LEFT_OUT
            and here / name != suite.reports
            and not (here / name / "pyvenv.cfg").exists()
        )
        yield from (here / name for name in sorted(names) if not name.startswith("."))


def _rule_of(path: Path, suite: CollectedSuite, beside: Collection[Path]) -> str:
    """Return the rule by which a file is unused when nothing names it; empty for one that needs no name.

    ``beside`` are the folders with features.
    """
    suffix, parts = path.suffix.lower(), path.relative_to(suite.root).parts
    if path.name.endswith(SUFFIX):
        return "unused-golden"
    if parts[0] == "schemas":
        return "unused-schema" if suffix in {".json", ".xsd"} else ""
    if suffix in _NOT_A_MESSAGE or not suffix:
        return ""
    if parts[0] == "data":
        return "unused-data" if suffix in FORMATS else ""
    if parts[0] in {"payloads", "features"} or path.parent in beside:
        return "unused-golden" if _has_rules(path) else "unused-payload"
    return ""


def _has_rules(path: Path) -> bool:
    return ".golden." in path.name or rules_file(path).is_file()


def _names_in_features(
    suite: CollectedSuite, files: Sequence[Path]
) -> tuple[set[str], list[re.Pattern[str]]]:
    """Return the words of all steps, and patterns for those that a variable is part of."""
    words: set[str] = set()
    patterns: dict[str, re.Pattern[str]] = {}
    read: set[Path] = set()
    seen: set[int] = set()
    for row in suite.rows:
        scenario = row.scenario
        if scenario.feature.error is None:
            read.add(scenario.feature.path)
            is_new = id(scenario.scenario) not in seen
            seen.add(id(scenario.scenario))
            for text in _texts(scenario, is_first=is_new):
                _note(text, words, patterns)
    for path in files:
        if path.suffix == ".feature" and path not in read:
            _note(text_of(path), words, patterns)
    return words, list(patterns.values())


def _texts(scenario: CollectedScenario, *, is_first: bool) -> Iterator[str]:
    """Yield what a scenario, or a further row of it, says."""
    values = scenario.row.values if scenario.row else {}
    columns = tuple(values)
    if scenario.row and scenario.row.data_file:
        yield f'"{scenario.row.data_file}"'
    for step in scenario.template.steps:
        for text, _ in texts_of(step):
            if is_first or "${" in text or has_placeholder(text, columns):
                yield of_row(text, values)


def _note(text: str, words: set[str], patterns: dict[str, re.Pattern[str]]) -> None:
    if "." not in text:
        return
    plain = text.replace("\\", "/")
    words.update(word.rpartition("/")[2] for word in _WORD.findall(plain))
    words.update(part.rpartition("/")[2] for part in re.findall(r"""["']([^"'\n]+)["']""", plain))
    for written in re.findall(r"""["']([^"'\n]*(?:\$\{|<)[^"'\n]*)["']""", plain):
        name = written.rpartition("/")[2]
        fixed = _VARIABLE.split(name)
        if name not in patterns and any(map(str.isalnum, "".join(fixed))):
            patterns[name] = re.compile(".*".join(map(re.escape, fixed)))


def _is_named(path: Path, words: set[str], patterns: list[re.Pattern[str]]) -> bool:
    if path.name.endswith(SUFFIX):  # these rules are used with the message whose they are
        stem = path.name.removesuffix(SUFFIX) + "."
        if any(word.startswith(stem) and rules_file(path.with_name(word)) == path for word in words):
            return True
    is_word = path.name in words or path.name.replace(" ", "_") in words
    return is_word or any(each.fullmatch(path.name) for each in patterns)


def _names_files(path: Path) -> bool:
    """Tell whether a file may name others: Python, a tenant file, a setting, a schema."""
    suffix = path.suffix.lower()
    is_schema = suffix in {".json", ".xsd"} and "schemas" in path.parts
    return is_schema or (suffix in {".py", ".toml", ".ini"} and not path.name.endswith(SUFFIX))
