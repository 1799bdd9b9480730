"""Two answers to the same message are compared by their format."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.checks.golden_rules import GoldenRules
from pytest_iflow.checks.same_answer import NO_RULES, NamedAnswer, differences, read_answer_rules
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.tenants.suite_files import read_regular
from pytest_iflow.transport.exchange import Headers, Response

JSON, XML, CSV, TEXT = "application/json", "application/xml", "text/csv", "text/plain"


def _answer(name: str, body: str | bytes, kind: str = JSON, status: int = 200) -> NamedAnswer:
    data = body.encode() if isinstance(body, str) else body
    reason = {200: "OK", 202: "Accepted", 500: "Internal Server Error"}[status]
    return NamedAnswer(name, Response(status, reason, Headers({"Content-Type": kind}), data), {})


def _compared(
    first: NamedAnswer, second: NamedAnswer, rules: GoldenRules = NO_RULES, notes: list[str] | None = None
) -> list[str]:
    said: list[str] = [] if notes is None else notes
    return differences(first, second, rules, said.append)


def _rules(folder: Path, text: str) -> GoldenRules:
    path = folder / "order.golden.toml"
    path.write_text(text, encoding="utf-8")
    return read_answer_rules(path, read_regular)


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        (JSON, '{"a": 1, "b": [2]}', '{ "b": [2.0], "a": 1 }'),
        (XML, '<a x="1" y="2"><b/></a>', '<a y="2" x="1">\n  <b></b>\n</a>'),
        (CSV, "id;name\n1;x\n", "id;name\r\n1;x\r\n"),
        (TEXT, "one\ntwo", "one\r\ntwo"),
        (TEXT, "", ""),
        ("application/octet-stream", b"\0\1", b"\0\1"),
        ('Text/Plain; charset="UTF-8"', "same", "same"),
    ],
)
def test_same_answers(kind: str, first: str | bytes, second: str | bytes) -> None:
    """What does not count in a golden message does not count here."""
    assert _compared(_answer("a/dev", first, kind), _answer("b/dev", second, kind)) == []


@pytest.mark.parametrize(
    ("kind", "first", "second", "said"),
    [
        (JSON, '{"a": 1}', '{"a": 2, "c": 3}', ["$.a: expected 1, found 2", "$.c: not expected, found 3"]),
        (XML, "<a><b>1</b></a>", "<a><b>2</b></a>", ['/a/b: expected "1", found "2"']),
        (CSV, "id;name\n1;x\n", "id;name\n1;y\n", ['line 2, column "name" (2): expected "x", found "y"']),
        (TEXT, "one", "two", ['line 1, column 1: expected "one", found "two"']),
        (TEXT, "one", "", ["body: expected 3 bytes, found no body"]),
        (
            "application/octet-stream",
            b"\0\1",
            b"\0\2\3",
            ["body: expected 2 bytes, found 3 bytes of another content"],
        ),
    ],
)
def test_other_answers(kind: str, first: str | bytes, second: str | bytes, said: list[str]) -> None:
    """Each difference is told as that of a golden message."""
    assert _compared(_answer("a/dev", first, kind), _answer("b/dev", second, kind)) == said


def test_status_and_content_type_count() -> None:
    """All three are told at once; of a failure the body says nothing more."""
    first = _answer("a/dev", '{"a": 1}')
    assert _compared(first, _answer("b/dev", "<a/>", XML, 202)) == [
        "status: expected 200 OK, found 202 Accepted",
        'Content-Type: expected "application/json", found "application/xml"',
        "body: expected json, found xml",
    ]
    assert _compared(first, _answer("b/dev", '{"error": "no"}', JSON, 500)) == [
        "status: expected 200 OK, found 500 Internal Server Error",
        "body: that of a failure, which says nothing of the other",
    ]
    assert _compared(_answer("a/dev", "x", TEXT, 500), _answer("b/dev", "y", TEXT, 500)) == [
        'line 1, column 1: expected "x", found "y"'
    ]


def test_rules_hold_for_both(tmp_path: Path) -> None:
    """What is ignored may differ; a pattern has to fit the values of both."""
    rules = _rules(tmp_path, 'ignore = ["$.at"]\nmask = [{ path = "$.id", pattern = "[0-9]+" }]')
    first, second = _answer("a/dev", '{"at": 1, "id": "x"}'), _answer("b/dev", '{"at": 2, "id": "7"}')
    assert _compared(first, second, rules) == [
        'on a/dev, $.id: expected a value that matches "[0-9]+", found "x"'
    ]
    notes: list[str] = []
    assert _compared(second, second, _rules(tmp_path, 'ignore = ["$.other"]'), notes) == []
    assert "the rule ignore $.other fits nothing" in notes[0]


def test_broken_answer_names_its_tenant() -> None:
    """What cannot be compared says whose answer it is."""
    with pytest.raises(CheckError, match="The answer of b/dev is not valid JSON"):
        _compared(_answer("a/dev", "{}"), _answer("b/dev", '{"a": '))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('ignore = ["$["]', "is not a valid JSONPath"),
        ('ignore = ["//a["]', "is not a valid XPath"),
        ('format = "csv"\nany-order = ["name"]', "any-order is a rule for JSON and XML"),
        ('ingore = ["$.a"]', "did you mean ignore"),
    ],
)
def test_broken_rules(tmp_path: Path, text: str, said: str) -> None:
    """They are refused where they are read, with their line."""
    with pytest.raises(ConfigurationError, match=said) as failure:
        _rules(tmp_path, text)
    assert "order.golden.toml:" in str(failure.value.where)
