"""The text of a JSON message becomes a value; names that an object has twice are found with their places."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from pytest_iflow.steps.relations import read_relation

from pytest_iflow.checks import json_text
from pytest_iflow.checks.alignment import Rules
from pytest_iflow.checks.expected_message import Pattern
from pytest_iflow.checks.golden import GoldenMessage
from pytest_iflow.checks.json_schema import JsonSchema
from pytest_iflow.checks.json_text import read_json, require_names_once
from pytest_iflow.errors import CheckError, ConfigurationError

TEXT = r"""{
  "id": 1, "items": [{"a": "}:,\"", "b": [1, {"c": 1}]}, {"a": 1, "\u0061": {"x": 2, "x": 3}}],
  "a b": {"id": 2}, "id":
    3, "": 0, "": 1
}"""


def test_each_name_that_stands_twice_is_found() -> None:
    """By its path, line and column, also where an escape stands for a letter; the last value counts."""
    found = read_json(TEXT)
    assert [(each.path, each.line, each.column) for each in found.repeated] == [
        ("$.items[1].a", 2, 67),
        ("$.items[1].a.x", 2, 86),
        ("$.id", 3, 21),
        ("$['']", 4, 15),
    ]
    assert found.value == json.loads(TEXT)
    assert str(found.repeated[2]) == 'the name "id" stands twice: $.id (line 3, column 21)'


def test_names_of_other_objects_are_not_twice() -> None:
    """Nor are texts that look like members."""
    assert not read_json('[{"a": {"a": "\\"a\\": 1, \\"a\\": 2"}}, {"a": ["a", "a"]}]').repeated


def test_many_repeated_names_are_listed_in_part() -> None:
    """Ten are enough to see what is wrong, however deep and many they are."""
    depth = 150
    deep = '{"a": 1, "a": ' * depth + "0" + "}" * depth
    found = read_json(deep).repeated
    assert len(found) == 10
    assert all(one.column < other.column for one, other in pairwise(found))


def test_places_in_very_long_texts_are_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would take a minute in a response of 256 MB; the names are told."""
    monkeypatch.setattr(json_text, "_LONGEST_SEARCHED", 10)
    found = read_json('{"a": 1, "b": 2, "a": [{"c": 1, "c": 2}, {"c": 1, "c": 2}]}').repeated
    assert [*map(str, found)] == ['the name "c" stands twice', 'the name "a" stands twice']
    with pytest.raises(CheckError, match=r"^It has the name \"a\" twice\n") as caught:
        require_names_once(found[1:], "It")
    assert caught.value.where is None


def _expected(path: Path) -> object:
    rules = Rules(is_whole=True, is_any_order=False, read_relation=read_relation)
    return Pattern.read(path.read_text(encoding="utf-8"), rules)


@pytest.mark.parametrize("read", [_expected, GoldenMessage.load, JsonSchema.load])
def test_what_people_write_has_each_name_once(tmp_path: Path, read: Callable[[Path], object]) -> None:
    """One of two values would be left out of the check without a word."""
    path = tmp_path / "order.json"
    path.write_text('{"type": "object",\n "type": 2}', encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read(path)
    assert 'has the name "type" twice: $.type' in caught.value.what
    assert "line 2, column 2" in str(caught.value.where)
    path.write_text('{"a": 1, "a": 2, "b": 1, "b": 3}', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"has names twice:\n.* \$.a .*\n.* \$.b "):
        read(path)
