"""Outlines: ``<column>`` becomes the value of the row, wherever it stands; nothing else is touched.

pytest-bdd's own replacement misses a placeholder behind another ``<``. Columns are looked for by their
names here, in one pass, so that a value that looks like a placeholder stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from pytest_bdd.gherkin_parser import Cell, DataTable
from pytest_bdd.gherkin_parser import Row as TableRow
from pytest_bdd.parser import Scenario, ScenarioTemplate, Step

from pytest_iflow.lazy_pattern import lazy_pattern

Columns = tuple[str, ...]

_LIKE_A_PLACEHOLDER = lazy_pattern(r"<([^<>\n]+)>")
_NOT_A_NAME = lazy_pattern(r"""["'=@:]|/$|\s(?:and|or|div|mod|&&|\|\|)\s""")
"""What stands in attributes, addresses, empty elements and expressions, but not in the name of a column."""


class OutlineTemplate(ScenarioTemplate):
    """A scenario of pytest-bdd that fills in its rows by the rule of this module."""

    def render(self, context: Mapping[str, object]) -> Scenario:
        """Return the scenario of one row; ``context`` holds the values by column, none without a row."""
        columns = tuple(context)
        return Scenario(
            feature=self.feature,
            keyword=self.keyword,
            name=filled(self.name, columns, context),
            line_number=self.line_number,
            steps=[filled_step(step, columns, context) for step in self.steps],
            tags=self.tags,
            description=self.description,
            rule=self.rule,
        )


def filled(text: str, columns: Columns, values: Mapping[str, object]) -> str:
    """Return ``text`` with the values of a row in place of its columns."""
    pattern = _placeholder(columns) if "<" in text else None
    return pattern.sub(lambda found: str(values[found[1]]), text) if pattern else text


def has_placeholder(text: str, columns: Columns) -> bool:
    """Tell whether the text is another one in each row."""
    pattern = _placeholder(columns) if "<" in text else None
    return pattern is not None and pattern.search(text) is not None


def texts_of(step: Step) -> Iterator[tuple[str, bool]]:
    """Yield the texts of a step, and whether each is a doc string, in which only columns are placeholders."""
    yield step.name, False
    for row in step.datatable.rows if step.datatable else ():
        for cell in row.cells:
            yield cell.value, False
    if step.docstring is not None:
        yield step.docstring, True


def unknown_placeholders(text: str, columns: Columns) -> Iterator[str]:
    """Yield what looks like a placeholder and is none, as written.

    An element of XML is none: it is closed in the same text, or has attributes. A comparison is none either.
    """
    if "<" not in text:
        return
    pattern = _placeholder(columns)
    rest = pattern.sub("\0", text) if pattern else text
    for written, name in ((found[0], found[1]) for found in _LIKE_A_PLACEHOLDER.finditer(rest)):
        if name != name.strip():  # "a < 5 and 7 > b", unless a column is meant
            if name.strip() in columns:
                yield written
        elif name[0].isalpha() and not _NOT_A_NAME.search(name) and f"</{name.split()[0]}" not in text:
            yield written


def elements_named_as_columns(text: str, columns: Columns) -> Iterator[str]:
    """Yield the columns that are elements of ``text``, too: which is meant by ``<name>`` cannot be told."""
    for column in columns if "<" in text else ():
        name = re.escape(column)
        element = rf"</{name}\s*>|<{name}\s*/>|<{name}\s[^<>=]*="
        if f"<{column}>" in text and re.search(element, text):
            yield column


@lru_cache(maxsize=64)
def _placeholder(columns: Columns) -> re.Pattern[str] | None:
    """The longest name first: a name may hold a ``>``."""
    names = sorted(filter(None, columns), key=len, reverse=True)
    return re.compile(f"<({'|'.join(map(re.escape, names))})>") if names else None


def filled_step(step: Step, columns: Columns, values: Mapping[str, object]) -> Step:
    """Return a step with the values of a row in its text and in what stands below it."""

    def fill(text: str) -> str:
        return filled(text, columns, values)

    return mapped_step(step, fill(step.name), fill, fill)


def mapped_step(step: Step, name: str, doc_string: Callable[[str], str], cell: Callable[[str], str]) -> Step:
    """Return a step with another text, and with functions applied to what stands below it."""
    return Step(
        name=name,
        type=step.type,
        indent=step.indent,
        line_number=step.line_number,
        keyword=step.keyword,
        datatable=_filled_table(step.datatable, cell),
        docstring=None if step.docstring is None else doc_string(step.docstring),
    )


def _filled_table(table: DataTable | None, fill: Callable[[str], str]) -> DataTable | None:
    if table is None:
        return None
    rows = [
        TableRow(row.id, row.location, [Cell(cell.location, fill(cell.value)) for cell in row.cells])
        for row in table.rows
    ]
    return DataTable(table.location, rows)
