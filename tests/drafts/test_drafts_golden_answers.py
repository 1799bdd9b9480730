"""Answers to one request as a golden message: what differs among them is ignored."""

from __future__ import annotations

import pytest

from pytest_iflow.drafts.golden_answers import Answer, GoldenOfAnswers, golden_of


def made(*bodies: str, content_type: str | None = None) -> GoldenOfAnswers:
    """Return the golden message of bodies."""
    return golden_of([Answer(body.encode(), content_type) for body in bodies], "payloads/a")


def test_values_that_differ_are_ignored() -> None:
    """Members, items, and members that one has and another has not."""
    golden = made(
        '{"a": 1, "b": {"c d": 2}, "l": [1, {"x": 1}]}',
        '{"a": 2, "b": {}, "l": [1, {"x": 2}]}',
    )
    assert (golden.name, golden.problem) == ("payloads/a.json", "")
    assert golden.ignored == ("$.a", "$.b['c d']", "$.l[*].x")
    _, rules = golden.files
    assert rules.path == "payloads/a.golden.toml"
    assert all(f'"{path}"' in rules.data.decode() for path in golden.ignored)


def test_xml_is_compared_by_its_elements() -> None:
    """Texts and attributes."""
    golden = made(
        '<a xmlns="urn:x" v="1"><b>1</b><b>2</b></a>', '<a xmlns="urn:x" v="2"><b>1</b><b>3</b></a>'
    )
    assert golden.name == "payloads/a.xml"
    assert len(golden.ignored) == 2
    assert golden.problem == ""


@pytest.mark.parametrize(
    "bodies", [["text", "other"], ['{"a": 1}', "[1]"], ["<a/>", "<b/>"], ['{"a": 1}', "<a/>"]]
)
def test_answers_without_anything_in_common_are_a_problem(bodies: list[str]) -> None:
    """It is told in words."""
    assert made(*bodies).problem.startswith("its answers ")


def test_one_answer_has_no_rules() -> None:
    """Of text as well."""
    golden = made("plain")
    assert [(each.path, each.data) for each in golden.files] == [("payloads/a.txt", b"plain")]
