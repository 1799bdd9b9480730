"""An answer equals the golden message that a file keeps; JSON and XML are compared place by place."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.golden import AnswerBody, GoldenMessage, GoldenMessages
from pytest_iflow.checks.golden_rules import with_ignored
from pytest_iflow.checks.side_by_side import DifferenceError
from pytest_iflow.errors import CheckError, ConfigurationError


def answer(body: bytes, content_type: str | None = None) -> AnswerBody:
    """Return an answer as a step has it."""
    return AnswerBody(body, content_type, lambda: parse_document(body, content_type))


def expect(path: Path, body: bytes) -> list[str]:
    """Compare an answer with a golden message; returns what is noted beside."""
    notes: list[str] = []
    GoldenMessage.load(path).expect(answer(body), notes.append)
    return notes


@pytest.mark.parametrize(
    ("golden", "body"),
    [
        ('{"a": 51.0, "b": [1, 2]}', '{"b": [1.0, 2], "a": 51.000}'),
        ('<A y="2" x="1"><B>v</B></A>', '<?xml version="1.0"?>\n<A x="1" y="2">\n  <B>v</B>\n</A>'),
    ],
)
def test_an_answer_that_means_the_same_is_equal(tmp_path: Path, golden: str, body: str) -> None:
    """Whatever its layout."""
    path = tmp_path / "golden.txt"
    path.write_text(golden, encoding="utf-8")
    expect(path, body.encode())


@pytest.mark.parametrize(
    ("golden", "body", "count", "rows"),
    [
        ('{"a": 1}', '{"a": 2}', "1 difference", [("$.a", "1", "2")]),
        ("<A><B>1</B></A>", "<A><B>2</B></A>", "1 difference", [("/A/B", '"1"', '"2"')]),
        ("[1, 1]", "[2, 2]", "2 differences", [("$[0]", "1", "2"), ("$[1]", "1", "2")]),
    ],
)
def test_every_difference_is_told(
    tmp_path: Path, golden: str, body: str, count: str, rows: list[tuple[str, str, str]]
) -> None:
    """With its path, what was expected and what was found."""
    path = tmp_path / "golden.txt"
    path.write_text(golden, encoding="utf-8")
    with pytest.raises(CheckError) as caught:
        expect(path, body.encode())
    error = caught.value
    assert isinstance(error, DifferenceError)
    assert error.head == f"The response differs from the golden message golden.txt, {count}"
    assert error.rows == rows
    assert error.where == str(path)


def test_a_golden_message_is_read_once_for_a_run(tmp_path: Path) -> None:
    """For all features of a folder; what is missing is looked for again."""
    read: list[Path] = []

    def note(path: Path) -> bytes:
        read.append(path)
        return path.read_bytes()

    messages = GoldenMessages(lambda name, folder: folder / name, note)
    with pytest.raises(ConfigurationError, match="There is no golden message"):
        messages.expect(answer(b"[1, 2.0]"), "golden.json", tmp_path, print)
    path = tmp_path / "golden.json"
    path.write_text("[1.0, 2]", encoding="utf-8")
    for _ in range(3):
        messages.expect(answer(b"[1, 2.0]"), "golden.json", tmp_path, print)
    with pytest.raises(CheckError, match="1 difference"):
        messages.expect(answer(b"[1, 3]"), "golden.json", tmp_path, print)
    rules = path.with_name("golden.golden.toml")
    assert read == [rules, path, rules, path]


def test_xml_and_json_are_not_compared(tmp_path: Path) -> None:
    """They are two variants of a flow, with a golden message each."""
    path = tmp_path / "golden.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(CheckError, match="The response is XML, but its golden message is JSON"):
        expect(path, b"<A/>")


def test_a_missing_golden_message_is_told_with_its_path(tmp_path: Path) -> None:
    """Where it was looked for."""
    with pytest.raises(ConfigurationError, match=r"There is no golden message none\.xml") as caught:
        expect(tmp_path / "none.xml", b"<A/>")
    assert caught.value.where == str(tmp_path / "none.xml")


@pytest.mark.parametrize(
    ("content", "what", "where"),
    [
        ("<A>", "The golden message golden.xml is not valid XML", "line 1"),
        (" ", "The golden message golden.xml has no body", "golden.xml"),
        (
            '<!DOCTYPE A [<!ENTITY e SYSTEM "file:///etc/passwd">]><A>&e;</A>',
            "The golden message golden.xml is not valid XML",
            "line 1",
        ),
    ],
)
def test_a_broken_golden_message_is_told(tmp_path: Path, content: str, what: str, where: str) -> None:
    """As an error of the suite: the answer may be good."""
    path = tmp_path / "golden.xml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=what) as caught:
        expect(path, b"<A/>")
    assert where in (caught.value.where or "")


def test_a_folder_is_no_golden_message(tmp_path: Path) -> None:
    """A name may be incomplete."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        expect(tmp_path, b"<A/>")


def test_messages_deeper_than_python_are_told(tmp_path: Path) -> None:
    """In place of a RecursionError."""
    path = tmp_path / "deep.json"
    path.write_text("[" * 800 + "]" * 800, encoding="utf-8")
    with pytest.raises(CheckError, match="nested too deep"):
        expect(path, b"[" * 800 + b"1" + b"]" * 800)


def rows_in(kind: str, changed: int, *, price: str, left_out: int = -1) -> bytes:
    """Return a message of 5 MB; the row ``changed`` has another price, and one may be left out."""
    prices = [(number, price if number == changed else str(number)) for number in range(15_000)]
    rows = [each for each in prices if each[0] != left_out]
    if kind == "json":
        items = ",".join(f'{{"id": {number}, "name": "Product", "price": {value}}}' for number, value in rows)
        return f'{{"rows": [{items}], "rest": "{"x" * 4_000_000}"}}'.encode()
    items = "".join(
        f'<Row id="{number}"><Name>P</Name><Price>{value}</Price></Row>' for number, value in rows
    )
    return f'<Rows xmlns="urn:rows">{items}<Rest>{"x" * 4_000_000}</Rest></Rows>'.encode()


@pytest.mark.parametrize(
    ("kind", "value", "row"),
    [
        ("json", "$.rows[9000].price: expected 9000, found 1", "$.rows[12000]: expected {"),
        (
            "xml",
            '/Rows/Row[9001]/Price: expected "9000", found "1"',
            "/Rows: expected the element {urn:rows}Row",
        ),
    ],
)
def test_one_difference_of_a_large_message_is_told_as_one(
    tmp_path: Path, kind: str, value: str, row: str
) -> None:
    """5 MB take seconds; what lacks a row is not other in all rows behind it."""
    path = tmp_path / f"golden.{kind}"
    path.write_bytes(rows_in(kind, 0, price="0"))
    started = time.process_time()
    with pytest.raises(CheckError) as caught:
        expect(path, rows_in(kind, 9_000, price="1"))
    assert isinstance(caught.value, DifferenceError)
    assert [*map(str, caught.value.rows)] == [value]
    with pytest.raises(CheckError) as caught:
        expect(path, rows_in(kind, 0, price="0", left_out=12_000))
    assert isinstance(caught.value, DifferenceError)
    assert [str(each)[: len(row)] for each in caught.value.rows] == [row]
    assert time.process_time() - started < 15, "seconds of this process, be the machine loaded or not"


@pytest.mark.parametrize(
    ("golden", "body", "name", "paths"),
    [
        (b'{"a": [{"t": 1}, {"t": 2}]}', b'{"a": [{"t": 3}, {"t": 4}]}', "a.json", ["$.a[*].t"]),
        (b'{"a-b": 1}', b'{"a-b": 2, "c": 3}', "a.json", ["$['a-b']", "$.c"]),
        (b"[1]", b"{}", "a.json", [""]),
        (b"<o><i n='1'><t>1</t></i></o>", b"<o><i n='2'><t>2</t></i></o>", "a.xml", ["/o/i/@n", "/o/i/t"]),
        (b"<o><a/></o>", b"<o><b/></o>", "a.xml", ["/o/a", "/o/b"]),
        (b"<o/>", b"<p/>", "a.xml", [""]),
        (b"id;at\n1;2\n", b"id;at\n1;3\n", "a.csv", ["at"]),
        (b"one\ntwo\n", b"one\nTwo\n", "a.txt", ["line 2"]),
        (
            b"UNB+UNOC:3+A+B+200101:1200+1'UNZ+0+1'",
            b"UNB+UNOC:3+A+B+200101:1201+2'UNZ+0+2'",
            "a.edi",
            ["UNB.4.2", "UNB.5", "UNZ.2"],
        ),
    ],
)  # fmt: skip
def test_each_difference_names_the_rule_that_would_ignore_it(
    tmp_path: Path, golden: bytes, body: bytes, name: str, paths: list[str]
) -> None:
    """For all items of a list at once; and with these rules nothing differs any more."""
    path = tmp_path / name
    path.write_bytes(golden)
    assert GoldenMessage.load(path).ignorable(answer(body)) == paths
    with pytest.raises(CheckError) as differs:
        GoldenMessage.load(path).expect(answer(body), lambda _: None)
    assert differs.value.golden_places == [(str(path), each) for each in paths]
    if "" not in paths:
        (tmp_path / "a.golden.toml").write_text(with_ignored("# ours\n", paths), encoding="utf-8")
        GoldenMessage.load(path).expect(answer(body), lambda _: None)


def test_ignore_rules_are_added_and_comments_stay() -> None:
    """To a list that there is, each path once; what is no list of rules is refused."""
    text = "# why\nignore = [\n  '$.a',  # a time\n]\nmask = [{ path = '$.b', pattern = '.' }]\n"
    written = with_ignored(text, ["$.a", "$.c"])
    assert tomllib.loads(written) == {"ignore": ["$.a", "$.c"], "mask": [{"path": "$.b", "pattern": "."}]}
    assert "# why" in written
    assert "# a time" in written
    for wrong in ("ignore = 1", "ignore = ["):
        with pytest.raises(ConfigurationError):
            with_ignored(wrong, ["$.a"])
