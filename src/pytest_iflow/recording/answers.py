"""Golden messages of recorded answers: what differs between several answers to one request is ignored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.flat_records import flat_format
from pytest_iflow.checks.golden import AnswerBody, GoldenMessage
from pytest_iflow.checks.golden_rules import rules_file, with_ignored
from pytest_iflow.drafts.draft import Fate, FileDraft, Remark
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.recording.bodies import text_of
from pytest_iflow.recording.call import RecordedCall
from pytest_iflow.tenants.suite_files import read_regular

_HEAD = 400
_OF_FORMAT = {"edifact": ".edi", "x12": ".edi", "idoc": ".txt", "csv": ".csv", "text": ".txt"}
_SOME = 5
"""Paths that a remark names."""


class GoldenOfAnswers(Struct, frozen=True):
    """A golden message with its rules as files, and what is to be said of it."""

    name: str
    files: tuple[FileDraft, ...]
    remarks: tuple[Remark, ...]


def golden_of(answers: Sequence[RecordedCall], stem: str, into: Path) -> GoldenOfAnswers:
    """Return the golden message of answers to one request, named after ``stem``, in the suite in ``into``.

    It is the one that is there already, else the first answer. Where others differ, its rules ignore that.
    """
    first = answers[0]
    body, content_type = first.response_body or b"", first.response_header("content-type")
    name = stem + file_ending(body, content_type)
    path = into / name
    there = _there(path)
    golden = _by_itself(body, content_type) if there is None else there
    rules = _rules(_there(rules_file(path)), golden, path)
    remarks = []
    try:
        paths = _differing(answers, path, {path: golden, rules_file(path): rules})
    except (CheckError, ConfigurationError) as error:
        remarks.append(Remark(Fate.CHANGED, first.origin, f"Its answers cannot be compared: {error.what}."))
        paths = []
    if "" in paths:
        remarks.append(
            Remark(Fate.CHANGED, first.origin, f"Its answers differ as a whole; {name} is one of them.")
        )
    if ignored := list(filter(None, paths)):
        rules = with_ignored(rules.decode("utf-8"), ignored).encode("utf-8")
        more = f" and {len(ignored) - _SOME} more" if len(ignored) > _SOME else ""
        where = f"{', '.join(ignored[:_SOME])}{more}"
        remarks.append(
            Remark(Fate.CHANGED, first.origin, f"Its answers differ at {where}: {name} ignores that.")
        )
    files = [FileDraft(name, golden)]
    if rules:
        files.append(FileDraft(rules_file(Path(name)).as_posix(), rules))
    return GoldenOfAnswers(name, tuple(files), tuple(remarks))


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


def _differing(answers: Sequence[RecordedCall], path: Path, files: Mapping[Path, bytes]) -> list[str]:
    """Return the paths at which an answer differs from the golden message; an empty one for all of it."""
    golden = GoldenMessage.load(path, _reading(files))
    found: dict[str, None] = {}
    for answer in answers:
        body, content_type = answer.response_body or b"", answer.response_header("content-type")
        compared = AnswerBody(body, content_type, partial(parse_document, body, content_type, "The answer"))
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
