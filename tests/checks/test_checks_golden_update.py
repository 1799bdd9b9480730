"""Golden messages are written from answers: what rules leave out stays, and no secret is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.golden import GoldenMessage
from pytest_iflow.checks.golden_update import GoldenWriter, updated
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.secrets.registry import register_secret


def update(folder: Path, golden: str, answer: str, rules: str) -> str:
    """Return the golden message that an answer gives, without its layout."""
    path = folder / "golden.json"
    path.write_text(golden, encoding="utf-8")
    path.with_name("golden.golden.toml").write_text(rules, encoding="utf-8")
    before = GoldenMessage.load(path)
    document = parse_document(golden.encode(), None), parse_document(answer.encode(), None)
    text = updated(*document, before.rules.rules).decode()
    return "".join(line.strip() for line in text.splitlines() if not line.startswith("<?xml"))


@pytest.mark.parametrize(
    ("rules", "golden", "answer", "written"),
    [
        ("", '{"a": 1, "b": 2}', '{"b": 3, "c": 1E400}', '{"b": 3,"c": 1E400}'),
        ('ignore = ["$.at"]', '{"a": 1}', '{"at": 1, "a": 2}', '{"a": 2}'),
        ('ignore = ["$.at"]', '{"at": 0, "a": 1}', '{"a": 2}', '{"at": 0,"a": 2}'),
        (
            'ignore = ["$[*].at"]',
            '[{"at": 1, "n": 1}, {"at": 2, "n": 2}]',
            '[{"at": 8, "n": 1}, {"at": 9, "n": 3}, {"at": 7, "n": 4}]',
            '[{"at": 1,"n": 1},{"at": 2,"n": 3},{"at": 7,"n": 4}]',
        ),
        (
            'ignore = ["$[*].at"]\nany-order = [{ path = "$", key = "n" }]',
            '[{"at": 1, "n": 1}, {"at": 2, "n": 2}]',
            '[{"at": 9, "n": 3}, {"at": 8, "n": 2}]',
            '[{"at": 9,"n": 3},{"at": 2,"n": 2}]',
        ),
        ("", "<A><B>1</B></A>", "<A><B>2</B><C>x<D/>y</C></A>", "<A><B>2</B><C>x<D/>y</C></A>"),
        (
            'ignore = ["//@at", "//H"]\nnumbers = ["//P"]',
            '<A at="1"><H>old</H><P>1.50</P><Q>1</Q></A>',
            '<A at="2" b="1"><P>1.5</P><H at="3"/><Q at="4">2</Q></A>',
            '<A at="1" b="1"><H>old</H><P>1.50</P><Q>2</Q></A>',
        ),
        (
            "mask = [{ path = '//I', pattern = 'x+' }]",
            "<A><I>x</I><Q>1</Q></A>",
            "<A><I>xx</I><Q>2</Q></A>",
            "<A><I>x</I><Q>2</Q></A>",
        ),
    ],
)
def test_what_rules_leave_out_stays_as_it_was(
    tmp_path: Path, rules: str, golden: str, answer: str, written: str
) -> None:
    """All else is that of the answer."""
    assert update(tmp_path, golden, answer, rules) == written


def test_what_was_written_equals_the_answer(tmp_path: Path) -> None:
    """Characters that cannot be seen, numbers of any length, text beside elements."""
    for body in (
        '{"a": "\u00a0\U0001f600\u200b\\n", "b": [12345678901234567890.10, -0, {}, [], null, true]}',
        "<A xmlns='urn:a'> <B>x <b>y</b>\n z</B><C> </C><D><![CDATA[<&>]]></D></A>",
    ):
        answer = parse_document(body.encode(), None)
        again = parse_document(updated(None, answer, ()), None)
        path = tmp_path / "golden.json"
        path.write_bytes(updated(None, answer, ()))
        assert updated(again, answer, ()) == path.read_bytes()


def test_nothing_is_written_outside_of_the_suite_and_no_secret(tmp_path: Path) -> None:
    """Whatever the feature calls the file, and whatever the answer holds."""
    written: list[Path] = []
    (tmp_path / "suite").mkdir()
    writer = GoldenWriter(tmp_path / "suite", lambda path, _: written.append(path))
    with pytest.raises(ConfigurationError, match="lies outside of the suite, and is not written"):
        writer.write(writer.place_of("../../a.json"), b"{}", [])
    register_secret("a-golden-secret-0815")
    with pytest.raises(ConfigurationError, match="a secret stands in the answer"):
        writer.write(writer.place_of("a.json"), b'{"password": "a-golden-secret-0815"}', [])
    assert written == []
    assert writer.write(writer.place_of("sub/a.json"), b"{}", ["new"]) == "payloads/sub/a.json"
    assert written == [tmp_path / "suite" / "payloads" / "sub" / "a.json"]
    assert writer.is_written(tmp_path / "suite" / "payloads" / "sub" / "a.json")
