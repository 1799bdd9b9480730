"""Choosing scenarios the way a tester names them: by line, ``x.feature:12``, and by words of the title."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest

from pytest_iflow.errors import FeatureFileError
from pytest_iflow.gherkin.collector import COLLECTED
from pytest_iflow.gherkin.feature_file import read_feature_file
from pytest_iflow.gherkin.source import FeatureSource, escaped_id
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.tenants.suite_files import SuiteFiles

_WITH_LINE = lazy_pattern(r"(?P<path>.+\.feature):(?P<line>\d+)")


def resolve_lines(arguments: Sequence[str], folder: Path, files: SuiteFiles) -> list[str]:
    """Return the arguments of pytest with ``x.feature:12`` turned into the node id of the scenario there.

    ``folder`` is where relative paths start, ``files`` reads what is named. A line above all scenarios, or a
    file that cannot be read, means the whole file; its one item then says what is wrong with it. A line of a
    table with a data file means all its rows. An id with the escapes of earlier versions means the same as
    one without.
    """

    @cache
    def source_of(path: str) -> FeatureSource | None:
        try:
            return read_feature_file(folder / path, path, files)
        except FeatureFileError:
            return None

    return [_resolve(argument, folder, source_of) for argument in arguments]


def _resolve(argument: str, folder: Path, source_of: Callable[[str], FeatureSource | None]) -> str:
    found = _WITH_LINE.fullmatch(argument)
    if found is not None:
        source = source_of(found["path"])
        return _node_in_line(source, found["path"], int(found["line"])) if source else found["path"]
    path = f"{argument.partition('.feature::')[0]}.feature"
    if not argument.startswith(f"{path}::"):
        return argument
    if (folder / path).is_file() and source_of(path) is None:
        return path
    if "\\" in argument and (source := source_of(path)) is not None:
        for node in (f"{path}::{each.test_name}[{row.id}]" for each in source.scenarios for row in each.rows):
            if argument in (node, escaped_id(node)):
                return node
    return argument


def _node_in_line(source: FeatureSource, path: str, line: int) -> str:
    above = [scenario for scenario in source.scenarios if scenario.line <= line]
    if not above:
        return path
    scenario = above[-1]
    node = f"{path}::{scenario.test_name}"
    for row in scenario.rows:
        if row.line == line and not row.data_file:
            return f"{node}[{row.id}]"
    return node


def select_scenarios(items: list[pytest.Item], texts: Sequence[str], config: pytest.Config) -> None:
    """Keep the items whose title contains one of ``texts``, in any case."""
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        collected = item.stash.get(COLLECTED, None)
        title = collected.title.casefold() if collected else ""
        (kept if collected and any(text.casefold() in title for text in texts) else left).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


def nearest_titles(items: Sequence[pytest.Item], texts: Sequence[str]) -> list[str]:
    """Return titles that are close to ``texts``, for the message when none contains them."""
    titles = {item.stash[COLLECTED].title for item in items if COLLECTED in item.stash}
    by_folded = {title.casefold(): title for title in titles}
    near = [
        by_folded[match]
        for text in texts
        for match in difflib.get_close_matches(text.casefold(), by_folded, n=3, cutoff=0.4)
    ]
    return list(dict.fromkeys(near))
