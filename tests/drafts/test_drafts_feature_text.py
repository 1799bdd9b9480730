"""The text of a feature reads back as the draft says, whatever texts are in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.drafts.draft import FeatureDraft, ScenarioDraft, StepDraft
from pytest_iflow.drafts.feature_text import feature_text, fits_doc_string, in_quotes, literal
from pytest_iflow.gherkin.feature_file import read_feature_file
from pytest_iflow.gherkin.parameter_types import unquoted
from pytest_iflow.gherkin.source import FeatureSource

TEXTS = (
    'a "quoted" text',
    '"""\nwithin\n"""',
    "```\nand\n```",
    '"""\nboth\n```',
    '\\"\\"\\" escaped',
    "  indented\n\n    more \n",
    "",
    "\n",
    "Scenario: no scenario\n# no comment\n@no-tag\n| no | table |",
    "umlauts äöü, 東京, \u00a0",
    '{"a": "<b>${c}</b>"}',
)


def read(tmp_path: Path, feature: FeatureDraft) -> FeatureSource:
    """Write a feature and read it as a run does; what a run would refuse fails."""
    path = tmp_path / "a.feature"
    path.write_text(feature_text(feature), encoding="utf-8")
    return read_feature_file(path, "a.feature")


def test_doc_strings_hold_any_text(tmp_path: Path) -> None:
    """Delimiters within, indentation, empty lines, what looks like Gherkin."""
    assert [text for text in TEXTS if not fits_doc_string(text)] == []
    scenarios = tuple(
        ScenarioDraft("same name", (StepDraft("When", "I send:", doc_string=text),), "origin")
        for text in TEXTS
    )
    found = read(tmp_path, FeatureDraft("a.feature", "Texts", scenarios))
    steps = [template.steps[0].docstring for template in found.feature.scenarios.values()]
    assert steps == list(TEXTS)
    assert len({scenario.name for scenario in found.scenarios}) == len(TEXTS)


@pytest.mark.parametrize("text", ["a\rb", "\x00", "\ud800", '\\"\\"\\" and \\`\\`\\`'])
def test_what_no_doc_string_holds_is_told(text: str) -> None:
    """It goes into a file."""
    assert not fits_doc_string(text)


def test_tables_hold_pipes_backslashes_and_line_breaks(tmp_path: Path) -> None:
    """Cells read back as they were, but for blanks at their ends."""
    rows = (("path", "value"), ("a|b", "c\\d"), ("line\nbreak", "\\n"), ("", "東京"))
    step = StepDraft("Then", "the response has these values:", table=rows)
    found = read(tmp_path, FeatureDraft("a.feature", "T", (ScenarioDraft("s", (step,), "o"),)))
    (template,) = found.feature.scenarios.values()
    table = template.steps[0].datatable
    assert table is not None
    assert tuple(tuple(cell.value for cell in row.cells) for row in table.rows) == rows


@pytest.mark.parametrize(
    "name", ["", " \t", "Scenario: x", "a\nb\x00c", "<b>", "::[x]", "# x", "@tag", "a" * 500, "\ud800"]
)
def test_any_text_is_a_name(tmp_path: Path, name: str) -> None:
    """Of a feature, of scenarios that then have the same one, of tags and comments; as a description."""
    step = StepDraft("Then", "the response status is 200")
    one = ScenarioDraft(name, (step,), "o", tags=(f"@{name}", "@fine"), comments=(name, "lint: off"))
    found = read(tmp_path, FeatureDraft("a.feature", name, (one, one, one), description=f"{name}\nGiven x"))
    assert len({scenario.test_name for scenario in found.scenarios}) == 3
    assert {"fine"} <= set(found.scenarios[0].tags)
    assert "# lint: off" not in (tmp_path / "a.feature").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["a", 'a "b"', "it's", 'it\'s "b"', "a\\d", "", " x "])
def test_quotes_hold_a_text(text: str) -> None:
    """As {string} reads it."""
    written = in_quotes(text)
    assert written is not None
    assert unquoted(written) == text


@pytest.mark.parametrize("text", ["a\nb", "a\\", 'a\\"', "\x01"])
def test_what_no_step_can_hold_is_told(text: str) -> None:
    """None in place of a step that says something else."""
    assert in_quotes(text) is None


def test_a_literal_has_no_variable() -> None:
    """Also where it looks like one."""
    assert literal("${a} $b") == "$${a} $b"
