"""Names by which pytest can select scenarios and rows, whatever their texts hold."""

from __future__ import annotations

import pytest

from pytest_iflow.gherkin.source import LONGEST, row_ids, selectable
from pytest_iflow.secrets.registry import register_secret


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A plain name", "A plain name"),
        ("Umlauts: Größe", "Umlauts: Größe"),
        ("a::b", "a:b"),
        ("[brackets] in it", "(brackets) in it"),
        ("  many   blanks\tand tabs ", "many blanks and tabs"),
    ],
)
def test_what_separates_the_parts_of_a_node_id_is_replaced(text: str, name: str) -> None:
    """Two colons and brackets mean something to pytest; blanks are typed once."""
    assert selectable(text) == name


def test_a_secret_is_in_no_id() -> None:
    """Ids go into the cache of pytest; rows with different secrets are told apart by their number."""
    for number in (1, 2):
        register_secret(f"row-secret-{number}")
    assert selectable("Title with row-secret-1") == "Title with ***"
    assert row_ids([["a", "row-secret-1"], ["a", "row-secret-2"]]) == [("a-***", 1), ("a-***#2", 2)]


def test_the_values_of_a_row_are_its_id() -> None:
    """In the order of the columns."""
    assert row_ids([["HT-1000", "Notebook"]]) == [("HT-1000-Notebook", 1)]


def test_a_row_without_text_has_an_id_nevertheless() -> None:
    """An id that is empty could not be typed."""
    assert row_ids([[""], [""]]) == [("empty", 1), ("empty#2", 2)]


def test_equal_rows_are_numbered() -> None:
    """The number is how often the row has come so far."""
    assert row_ids([["a"], ["b"], ["a"], ["a"]]) == [("a", 1), ("b", 1), ("a#2", 2), ("a#3", 3)]


def test_a_row_that_looks_like_a_number_takes_no_other_rows_id() -> None:
    """Ids stay different whatever the values are."""
    ids = [row_id for row_id, _ in row_ids([["a"], ["a"], ["a#2"], ["a"]])]
    assert ids == ["a", "a#2", "a#2#2", "a#3"]


def test_long_rows_are_cut_and_still_different() -> None:
    """An id is typed and read."""
    (first, _), (second, _) = row_ids([["x" * 200], ["x" * 201]])
    assert (first, second) == ("x" * LONGEST, "x" * LONGEST + "#2")
