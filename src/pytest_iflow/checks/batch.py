"""The answer of an OData ``$batch``, read as a list: what each of its requests was answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Any

from pytest_iflow.checks.json_text import read_json
from pytest_iflow.checks.parse_limit import DEFAULT_LIMIT, ParseLimit
from pytest_iflow.checks.quoting import one_line
from pytest_iflow.errors import CheckError
from pytest_iflow.transport.charset import readable

MULTIPART = "multipart/mixed"
"""Content-Type of a batch, and of a change set within it."""

_STATUS_LINE = re.compile(r"HTTP/\d\.\d (\d{3})(?: (.*))?", re.ASCII)


def read_answers(
    body: bytes, content_type: str, subject: str, limit: ParseLimit = DEFAULT_LIMIT
) -> list[dict[str, Any]]:
    """Return ``status``, ``reason``, ``headers`` and ``body`` of each answer, in the order of the batch.

    Those of a change set stand where it stood; one that failed has a single answer (OData V2, "Batch
    Processing"). Names of headers are in lower case. A body in JSON is a value, any other one a text, and
    null where there is none. Raises ``CheckError`` for what is no batch, ``RecursionError`` for parts within
    parts without end.
    """
    limit.require_lines(body, subject)
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    answers = [_answer(part, subject) for part in _parts(message_from_bytes(head + body))]
    if not answers:
        raise CheckError(
            f"{subject} is {MULTIPART}, but has no parts",
            where=f"Content-Type {content_type}",
            remedy="Only the answer of a $batch is of this type: look at what the flow writes.",
        )
    return answers


def _parts(message: Message) -> Iterator[Message]:
    """Yield the parts of a batch, and of the change sets in it."""
    content = message.get_payload()
    for part in content if isinstance(content, list) else ():
        if isinstance(part, Message):
            yield from _parts(part) if part.is_multipart() else (part,)


def _answer(part: Message, subject: str) -> dict[str, Any]:
    line, _, rest = _content(part).lstrip(b"\r\n").partition(b"\n")
    status = line.decode("latin-1").strip()
    found = _STATUS_LINE.fullmatch(status)
    if found is None:
        raise CheckError(
            f"{subject} has a part that is no HTTP answer: it begins with {one_line(status[:40])}",
            remedy="Each part of a $batch answer begins like HTTP/1.1 200 OK: look at what the flow writes.",
        )
    answer = message_from_bytes(rest)
    headers = {name.lower(): str(value) for name, value in answer.items()}
    text = readable(_content(answer), headers.get("content-type")).strip("\r\n")
    return {"status": int(found[1]), "reason": found[2] or "", "headers": headers, "body": _value(text)}


def _content(message: Message) -> bytes:
    content = message.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _value(text: str) -> Any:
    if text[:1] in {"{", "["}:
        try:
            return read_json(text).value
        except ValueError:
            return text
    return text or None
