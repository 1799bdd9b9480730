"""Reading JSON by key and type."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_iflow.results.json_object import JsonObject, UnfitJsonError

Reader = Callable[[JsonObject, str], object]


def read_one_of(data: JsonObject, key: str) -> object:
    """Read a value that may be a or b."""
    return data.one_of(key, ("a", "b"))


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (JsonObject.text, "ä", "ä"),
        (JsonObject.text_or_none, None, None),
        (JsonObject.text_or_none, "ä", "ä"),
        (JsonObject.integer, 3, 3),
        (JsonObject.number, 3, 3.0),
        (JsonObject.number, 0.5, 0.5),
        (JsonObject.flag, False, False),
        (JsonObject.texts, ["a", "b"], ("a", "b")),
        (JsonObject.text_by_name, {"a": "b"}, {"a": "b"}),
        (read_one_of, "b", "b"),
    ],
)
def test_a_value_of_the_right_type_is_returned(read: Reader, value: object, expected: object) -> None:
    """Each reader returns the value of its type."""
    assert read(JsonObject({"key": value, "other": 1}), "key") == expected


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (JsonObject.text, 1),
        (JsonObject.text_or_none, 1),
        (JsonObject.integer, 1.5),
        (JsonObject.integer, True),
        (JsonObject.number, "1"),
        (JsonObject.number, True),
        (JsonObject.number, float("nan")),
        (JsonObject.number, float("inf")),
        (JsonObject.number, -1e300),
        (JsonObject.number, 10**400),
        (JsonObject.flag, 1),
        (JsonObject.texts, "ab"),
        (JsonObject.texts, ["a", 1]),
        (JsonObject.text_by_name, ["a"]),
        (JsonObject.text_by_name, {"a": 1}),
        (JsonObject.objects, {}),
        (read_one_of, "c"),
        (read_one_of, ["a"]),
    ],
)
def test_a_value_of_another_type_is_named(read: Reader, value: object) -> None:
    """The error says which key holds something else."""
    with pytest.raises(UnfitJsonError, match=r"^run\.key is not "):
        read(JsonObject({"key": value}, "run"), "key")


@pytest.mark.parametrize("read", [JsonObject.text, JsonObject.text_or_none, JsonObject.flag, read_one_of])
def test_a_missing_key_is_named(read: Reader) -> None:
    """A missing key is told apart from a value that does not fit."""
    with pytest.raises(UnfitJsonError, match=r"^key is missing: expected "):
        read(JsonObject({}), "key")


def test_objects_of_a_list_know_where_they_stand() -> None:
    """An error inside of a list names the index."""
    first, second = JsonObject({"steps": [{"line": 1}, {}]}).objects("steps")
    assert first.integer("line") == 1
    with pytest.raises(UnfitJsonError, match=r"^steps\[1\]\.line is missing"):
        second.integer("line")


@pytest.mark.parametrize(
    ("data", "path", "named"), [([], "", "the document"), ("x", "steps[0]", r"steps\[0\]")]
)
def test_something_else_than_an_object_is_named(data: object, path: str, named: str) -> None:
    """A list or a text where an object should stand is an error of its own."""
    with pytest.raises(UnfitJsonError, match=f"^{named} is not an object"):
        JsonObject(data, path)


def test_a_list_that_older_documents_lack_is_empty() -> None:
    """One that is there has to be a list of texts all the same."""
    assert JsonObject({}).later_texts("a") == ()
    assert JsonObject({"a": ["b"]}).later_texts("a") == ("b",)
    with pytest.raises(UnfitJsonError, match="a is not a list of texts"):
        JsonObject({"a": "b"}).later_texts("a")


def test_a_text_that_older_documents_lack_is_empty() -> None:
    """One that is there has to be a text all the same."""
    assert JsonObject({}).later_text("a") == ""
    assert JsonObject({"a": "b"}).later_text("a") == "b"
    with pytest.raises(UnfitJsonError, match="a is not a text"):
        JsonObject({"a": 1}).later_text("a")


def test_a_number_that_older_documents_lack_is_zero() -> None:
    """One that is there has to be a whole number all the same."""
    assert JsonObject({}).later_integer("a") == 0
    assert JsonObject({"a": 7}).later_integer("a") == 7
    with pytest.raises(UnfitJsonError, match="a is not a whole number"):
        JsonObject({"a": "7"}).later_integer("a")
