"""What a step carries below its line."""

from __future__ import annotations

import pytest
from pytest_bdd.gherkin_parser import Cell, DataTable, Location, Row
from pytest_bdd.parser import Step

from pytest_iflow.reporting.scenario_record import LONGEST_LINE, fits_a_line, step_attachments


def step(docstring: str | None = None, table: list[list[str]] | None = None) -> Step:
    """Return a step as pytest-bdd parses it."""
    place = Location(column=1, line=1)
    rows = [Row("", place, [Cell(place, value) for value in row]) for row in table or []]
    datatable = DataTable(place, rows) if table else None
    return Step("a step", "given", 0, 1, "Given", datatable, docstring)


def test_a_step_without_anything_has_no_attachment() -> None:
    """Most steps are one line."""
    assert step_attachments(step()) == []


def test_a_table_is_csv() -> None:
    """Commas, quotes and umlauts survive."""
    (table,) = step_attachments(step(table=[["a", "b"], ["1,5", 'Müller "x"']]))
    assert (table.name, table.mime_type) == ("data table", "text/csv")
    assert table.body.splitlines() == ["a,b", '"1,5","Müller ""x"""']


@pytest.mark.parametrize(
    ("text", "mime_type"),
    [
        ('{\n"a": 1}', "application/json"),
        ("[1,\n2]", "application/json"),
        ("\n  <order/>", "application/xml"),
        ("Hello,\nworld", "text/plain"),
        (LONGEST_LINE * "a" + "b", "text/plain"),
        ('{"a":\n', "text/plain"),
    ],
)
def test_a_text_has_the_type_of_its_content(text: str, mime_type: str) -> None:
    """So that Allure colours it."""
    (found,) = step_attachments(step(docstring=text))
    assert (found.name, found.body, found.mime_type) == ("doc string", text, mime_type)


@pytest.mark.parametrize("text", ["", '{"a": 1}', LONGEST_LINE * "a"])
def test_a_text_that_fits_a_line_needs_no_file(text: str) -> None:
    """It is shown beside its step."""
    assert fits_a_line(text)
    assert step_attachments(step(docstring=text)) == []
