"""Feature files as data, and files that are none."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from pytest_iflow.errors import FeatureFileError
from pytest_iflow.gherkin.feature_file import read_feature_file
from pytest_iflow.gherkin.source import FeatureSource, Row

RULES = """
@all
Feature: Products
  About products.

  Background:
    Given a tenant

  @smoke @all
  Scenario: A product
    One of them.
    When I ask
    Then it answers

  @strict
  Rule: Orders
    @slow
    Scenario Outline: Order <id> of <customer>
      When I order <id>

      Examples:
        | id | customer |
        | 1  | Müller   |

      @late
      Examples: more
        | id | customer |
        | 1  | Müller   |
        | 2  |          |
"""


def read(folder: Path, text: str) -> FeatureSource:
    """Write a feature file and read it."""
    path = folder / "products.feature"
    path.write_text(dedent(text).strip() + "\n", encoding="utf-8")
    return read_feature_file(path, "features/products.feature")


def refusal(folder: Path, data: bytes) -> FeatureFileError:
    """Return the error about a file with these bytes."""
    path = folder / "products.feature"
    path.write_bytes(data)
    with pytest.raises(FeatureFileError) as error:
        read_feature_file(path, "features/products.feature")
    return error.value


def test_a_scenario_has_its_line_and_the_tags_of_all_that_it_stands_in(tmp_path: Path) -> None:
    """Feature, rule, scenario; a tag that comes twice counts once."""
    first, second = read(tmp_path, RULES).scenarios
    assert (first.name, first.keyword, first.line, first.rule) == ("A product", "Scenario", 9, None)
    assert first.description == "One of them."
    assert first.tags == ("all", "smoke")
    assert (second.name, second.line, second.rule) == ("Order <id> of <customer>", 17, "Orders")
    assert second.tags == ("all", "strict", "slow")


def test_a_row_has_its_line_its_values_and_the_tags_of_its_table(tmp_path: Path) -> None:
    """Tables of one outline count as one when rows are equal."""
    _, outline = read(tmp_path, RULES).scenarios
    assert outline.rows == (
        Row("1-Müller", 1, 22, {"id": "1", "customer": "Müller"}, ()),
        Row("1-Müller#2", 2, 27, {"id": "1", "customer": "Müller"}, ("late",)),
        Row("2-", 1, 28, {"id": "2", "customer": ""}, ("late",)),
    )


def test_pytest_bdd_gets_the_same_document(tmp_path: Path) -> None:
    """One source for both: its scenarios, and no tags that it would make marks of."""
    feature = read(tmp_path, RULES).feature
    assert feature.name == "Products"
    assert list(feature.scenarios) == ["A product", "Order <id> of <customer>"]
    assert all(not table.tags for one in feature.scenarios.values() for table in one.examples)


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_files_of_windows_editors_are_read(tmp_path: Path, newline: str, mark: bytes) -> None:
    """A byte order mark and line ends of Windows are no part of the text."""
    path = tmp_path / "windows.feature"
    text = 'Feature: Größe\n  Scenario: a\n    Given a text\n      """\n      ä\n      ö\n      """\n'
    path.write_bytes(mark + text.replace("\n", newline).encode())
    source = read_feature_file(path, "windows.feature")
    assert source.feature.name == "Größe"
    assert source.scenarios[0].line == 2
    assert source.feature.scenarios["a"].steps[0].docstring == "ä\nö"


@pytest.mark.parametrize(("encoding", "line"), [("latin-1", 2), ("utf-16", 1)])
def test_another_encoding_is_named_with_line_and_remedy(tmp_path: Path, encoding: str, line: int) -> None:
    """A wrong guess would silently change the names."""
    error = refusal(tmp_path, "# language: de\nFunktionalität: Größe\n".encode(encoding))
    assert error.what.startswith(f"features/products.feature:{line}: the file is not in UTF-8 (byte ")
    assert error.remedy is not None
    assert "save it as UTF-8" in error.remedy


@pytest.mark.parametrize("text", ["", "\n\n", "# only\n# comments\n"])
def test_a_file_without_a_feature_says_so(tmp_path: Path, text: str) -> None:
    """Not KeyError: 'feature'."""
    error = refusal(tmp_path, text.encode())
    assert error.what == "features/products.feature:1: the file has no feature"
    assert error.remedy == 'begin it with "Feature: " and a name, or delete the file'


def test_lines_that_are_no_gherkin_are_named_all_at_once(tmp_path: Path) -> None:
    """With what the line holds, and what a line may begin with."""
    error = refusal(
        tmp_path, b"Feature: F\n  Scenario: a\n    Given b\n  Szenario: c\n    Given d\n    oops\n"
    )
    assert error.what.splitlines() == [
        "features/products.feature:4: 'Szenario: c' is not expected here",
        "features/products.feature:6: 'oops' is not expected here",
    ]
    assert error.remedy is not None
    assert error.remedy.startswith("a line begins with Feature:")


def test_an_unfinished_doc_string_is_named_where_it_begins(tmp_path: Path) -> None:
    """Not at the end of the file, which may be a hundred lines below; one that is finished is not meant."""
    error = refusal(
        tmp_path,
        b'Feature: F\n  Scenario: a\n    Given b\n      ```\n      """\n      ```\n'
        b'    Given c\n      """json\n      text\n      ```\n',
    )
    assert error.what == "features/products.feature:8: the text that begins here has no end"
    assert error.remedy == 'write """ in a line below the text'


ROWS = "Feature: F\n  Scenario: a\n    Given b\n      | x | y |\n      # a comment\n      | 0 | 0 |\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("| 1 |", "has 1 cell, the first row of its table 2"),
        ("| 1 | 2 | 3 |", "has 3 cells, the first row of its table 2"),
        ("| 1 | 2", "has 1 cell, the first row of its table 2, and does not end with |"),
    ],
)
def test_a_row_with_other_cells_than_the_first_is_told_how_many(tmp_path: Path, row: str, said: str) -> None:
    """A lost border at its end is what happens most."""
    error = refusal(tmp_path, f"{ROWS}      {row}\n".encode())
    assert error.what == f"features/products.feature:7: '{row}' {said}"
    assert error.remedy is not None
    assert error.remedy.startswith("end each row with |")


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("Funktionalität: F\n", 'begin the file with "# language: de"'),
        ("Fonctionnalité: F\n", 'begin the file with "# language: fr"'),
        ("Feature: F\n  @skip(no role)\n  Scenario: a\n    Given b\n", "or write _ in its place"),
        ("Feature: F\n  Scenario: a\n    Given b\n      “””\n", 'write three straight quotes: """'),
    ],
)
def test_a_common_mistake_has_a_remedy_of_its_own(tmp_path: Path, text: str, remedy: str) -> None:
    """Keywords of a language that the file does not name, quotes of a word processor."""
    error = refusal(tmp_path, text.encode())
    assert error.remedy is not None
    assert error.remedy.endswith(remedy)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# language: xx\nFeature: F\n", "1: '# language: xx' (Language not supported: xx)"),
    ],
    ids=["language"],
)
def test_other_mistakes_are_told_in_the_parsers_words(tmp_path: Path, text: str, said: str) -> None:
    """The hint about how lines begin would mislead here."""
    error = refusal(tmp_path, text.encode())
    assert error.what == f"features/products.feature:{said}"
    assert error.remedy is None


@pytest.mark.parametrize("media_type", ["", "json", "text/xml", "application/json; charset=utf-8", "<kind>"])
def test_behind_the_quotes_stands_a_media_type(tmp_path: Path, media_type: str) -> None:
    """Or nothing."""
    text = f'Feature: F\n  Scenario: a\n    Given b\n      """{media_type}\n      text\n      """\n'
    assert read(tmp_path, text).feature.scenarios["a"].steps[0].docstring == "text"


@pytest.mark.parametrize("written", ['{"a": 1}"""', '{"a": 1,', "first line of the text", "<a b='c'/>  d"])
def test_a_text_that_begins_behind_the_quotes_would_be_lost(tmp_path: Path, written: str) -> None:
    """Gherkin takes it for a media type; with two of them the steps in between would be the text."""
    error = refusal(
        tmp_path,
        (
            f'Feature: F\n  Scenario: a\n    Given b\n      """{written}\n'
            f'    Then c\n    When d\n      """{written}\n    Then e\n'
        ).encode(),
    )
    assert error.what.startswith(f"features/products.feature:4: {written!r} is no media type")
    assert error.line == 4
