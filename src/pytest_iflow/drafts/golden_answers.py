"""Golden messages of answers to one request: what differs between several of them is ignored."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.flat_records import flat_format
from pytest_iflow.checks.golden import AnswerBody, GoldenMessage
from pytest_iflow.checks.golden_rules import rules_file, with_ignored
from pytest_iflow.drafts.draft import FileDraft
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.tenants.suite_files import read_regular
from pytest_iflow.transport.charset import charset_of

_HEAD = 400
_OF_FORMAT = {"edifact": ".edi", "x12": ".edi", "idoc": ".txt", "csv": ".csv", "text": ".txt"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x7f]")


class Answer(Struct, frozen=True):
    """The body of an answer, and its Content-Type where that is known."""

    body: bytes
    content_type: str | None


class GoldenOfAnswers(Struct, frozen=True):
    """A golden message with its rules as files; ``ignored`` are the paths at which the answers differ.

    ``problem`` says, within a sentence, why the answers cannot be told alike by ignoring paths.
    """

    name: str
    files: tuple[FileDraft, ...]
    ignored: tuple[str, ...] = ()
    problem: str = ""


def golden_of(answers: Sequence[Answer], stem: str, into: Path | None = None) -> GoldenOfAnswers:
    """Return the golden message of answers to one request, named after ``stem``.

    It is the one that is there already in the suite ``into``, else the first answer. Where others differ, its
    rules ignore that.
    """
    first = answers[0]
    name = stem + file_ending(first.body, first.content_type)
    path = (into or Path()) / name
    there, rules_there = (None, None) if into is None else (_there(path), _there(rules_file(path)))
    golden = _by_itself(first.body, first.content_type) if there is None else there
    rules = _rules(rules_there, golden, path)
    ignored: list[str] = []
    problem = ""
    try:
        paths = _differing(answers, path, {path: golden, rules_file(path): rules})
        ignored = [each for each in paths if each]
        is_all = ignored != paths or (path.suffix == ".txt" and len(ignored) >= len(golden.splitlines()))
        problem = f"its answers differ as a whole; {name} is one of them" if is_all else ""
    except (CheckError, ConfigurationError) as error:
        problem = f"its answers cannot be compared: {error.what}"
    if problem:
        ignored = []
    if ignored:
        rules = with_ignored(rules.decode("utf-8"), ignored).encode("utf-8")
    files = [FileDraft(name, golden)]
    if rules:
        files.append(FileDraft(rules_file(Path(name)).as_posix(), rules))
    return GoldenOfAnswers(name, tuple(files), tuple(ignored), problem)


def file_ending(body: bytes, content_type: str | None) -> str:
    """Return the ending of a file for a body, by what is in it."""
    text, _ = text_of(body, content_type)
    if text is None:
        return ".bin"
    begins = text.lstrip("\ufeff \t\r\n")[:1]
    if begins in {"{", "[", "<"} and _is_document(body, content_type):
        return ".xml" if begins == "<" else ".json"
    suffix = ".csv" if "csv" in (content_type or "") else ""
    return _OF_FORMAT[flat_format(text[:_HEAD], suffix) or "text"]


def text_of(data: bytes, content_type: str | None) -> tuple[str | None, str]:
    """Return the text of a body with its codec; None where it is no text."""
    try:
        codec = charset_of(data, content_type)
        text = data.decode(codec)
    except (CheckError, ValueError):
        return None, ""
    return (None, codec) if _CONTROL.search(text) else (text, codec)


def _differing(answers: Sequence[Answer], path: Path, files: Mapping[Path, bytes]) -> list[str]:
    """Return the paths at which an answer differs from the golden message; an empty one for all of it."""
    golden = GoldenMessage.load(path, _reading(files))
    found: dict[str, None] = {}
    for answer in answers:
        document = partial(parse_document, answer.body, answer.content_type, "The answer")
        compared = AnswerBody(answer.body, answer.content_type, document)
        found.update(dict.fromkeys(golden.ignorable(compared)))
    return list(found)


def _is_document(body: bytes, content_type: str | None) -> bool:
    try:
        parse_document(body, content_type, "The body")
    except CheckError:
        return False
    return True


def _rules(there: bytes | None, golden: bytes, path: Path) -> bytes:
    """Return the rules that there are, or those that a text needs which begins like a document."""
    if there is not None:
        return there
    is_text = path.suffix == ".txt" and golden.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"[", b"<"}
    return b'format = "text"\n' if is_text else b""


def _by_itself(body: bytes, content_type: str | None) -> bytes:
    """Return a body as a file that is read without the Content-Type that it came with."""
    text, _ = text_of(body, content_type)
    return body if text is None or text_of(body, None)[0] == text else text.encode()


def _there(path: Path) -> bytes | None:
    try:
        return read_regular(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _reading(files: Mapping[Path, bytes]) -> Callable[[Path], bytes]:
    def read(path: Path) -> bytes:
        if not files.get(path):
            raise FileNotFoundError(path)
        return files[path]

    return read
