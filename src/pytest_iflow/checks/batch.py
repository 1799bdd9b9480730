"""The answer of an OData ``$batch``, read as a list: what each of its requests was answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.message import MIMEPart
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from pytest_iflow.checks.json_number import JsonFloat, json_integer
from pytest_iflow.errors import CheckError
from pytest_iflow.transport.charset import readable

MULTIPART = "multipart/mixed"
"""Content-Type of a batch, and of a change set within it."""


def read_answers(body: bytes, content_type: str, subject: str) -> list[dict[str, Any]]:
    """Return ``status``, ``reason``, ``headers`` and ``body`` of each answer, in the order of the batch.

    Those of a change set stand where it stood; one that failed has a single answer (OData V2, "Batch
    Processing"). Names of headers are in lower case. A body in JSON is a value, any other one a text, and
    null where there is none. Raises ``CheckError`` for what is no batch.
    """
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    whole = BytesParser(policy=HTTP).parsebytes(head + body)
    answers = [_answer(part, subject) for part in _parts(whole)]
    if not answers:
        raise CheckError(
            f"{subject} is {MULTIPART}, but has no parts",
            where=f"Content-Type {content_type}",
            remedy="Only the answer of a $batch is of this type: look at what the flow writes.",
        )
    return answers


def _parts(message: MIMEPart) -> Iterator[MIMEPart]:
    for part in message.iter_parts() if message.is_multipart() else ():
        if part.get_content_type() == MULTIPART:
            yield from _parts(part)
        else:
            yield part


def _answer(part: MIMEPart, subject: str) -> dict[str, Any]:
    content = part.get_payload(decode=True)
    line, _, rest = (content if isinstance(content, bytes) else b"").lstrip(b"\r\n").partition(b"\n")
    version, _, status = line.decode("latin-1").strip().partition(" ")
    code, _, reason = status.partition(" ")
    if not version.startswith("HTTP/") or not code.isdecimal():
        raise CheckError(
            f"{subject} has a part that is no HTTP answer: it begins with {version[:40]!r}",
            remedy="Each part of a $batch answer begins like HTTP/1.1 200 OK: look at what the flow writes.",
        )
    answer = BytesParser(policy=HTTP).parsebytes(rest)
    body = answer.get_payload(decode=True)
    headers = {name.lower(): str(value) for name, value in answer.items()}
    text = readable(body if isinstance(body, bytes) else b"", headers.get("content-type")).strip("\r\n")
    return {"status": int(code), "reason": reason, "headers": headers, "body": _value(text)}


def _value(text: str) -> Any:
    if text[:1] in {"{", "["}:
        try:
            return json.loads(text, parse_float=JsonFloat, parse_int=json_integer)
        except (ValueError, RecursionError):
            return text
    return text or None
