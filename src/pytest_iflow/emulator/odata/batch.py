"""``$batch`` of OData V2: several requests in one ``multipart/mixed``, and their answers."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable
from email.message import MIMEPart
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

from pytest_iflow.emulator.odata.model import ODataError
from pytest_iflow.emulator.odata.service import ODataCall
from pytest_iflow.emulator.wire_answer import WireAnswer

MULTIPART = "multipart/mixed"
LINE = b"\r\n"


def run_batch(
    call: ODataCall,
    answer: Callable[[ODataCall], WireAnswer],
    database: sqlite3.Connection,
    service: str,
) -> WireAnswer:
    """Answer a batch part by part; raises ODataError.

    A change set is made as a whole or not at all: of one that fails the answer is that of its first failure.
    Paths that name the whole address are cut behind ``service``, as in ``/api/v1/``.
    """
    parts = read_batch(call.body, call.content_type, service)
    return batch_answer(
        [_change_set(part, answer, database) if isinstance(part, list) else answer(part) for part in parts]
    )


def _change_set(
    parts: list[ODataCall], answer: Callable[[ODataCall], WireAnswer], database: sqlite3.Connection
) -> WireAnswer | list[WireAnswer]:
    answers = []
    database.execute("SAVEPOINT change_set")
    try:
        for part in parts:
            answered = answer(part)
            if answered.status >= HTTPStatus.BAD_REQUEST:
                database.execute("ROLLBACK TO change_set")
                return answered
            answers.append(answered)
    finally:
        database.execute("RELEASE change_set")
    return answers


def read_batch(body: bytes, content_type: str, service: str) -> list[ODataCall | list[ODataCall]]:
    """Read a batch: requests, and change sets as lists of them; raises ODataError (its text is assumed)."""
    if content_type.partition(";")[0].strip().lower() != MULTIPART:
        raise ODataError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"A batch is {MULTIPART}.")
    try:
        whole = _message(f"Content-Type: {content_type}".encode("latin-1", "replace") + LINE * 2 + body)
    except RecursionError as error:
        raise ODataError(HTTPStatus.BAD_REQUEST, "The batch is nested too deep.") from error
    if not whole.is_multipart():
        raise ODataError(HTTPStatus.BAD_REQUEST, "The batch has no parts.")
    found: list[ODataCall | list[ODataCall]] = []
    for part in whole.iter_parts():
        if part.get_content_type() == MULTIPART:
            found.append([_part(each, service) for each in part.iter_parts()])
            continue
        single = _part(part, service)
        if single.method not in {"GET", "HEAD"}:
            raise ODataError(HTTPStatus.BAD_REQUEST, "A change has to be in a change set.")
        found.append(single)
    return found


def _message(content: bytes) -> MIMEPart:
    return BytesParser(policy=HTTP).parsebytes(content)


def _part(part: MIMEPart, service: str) -> ODataCall:
    content = part.get_payload(decode=True)
    line, _, rest = (content if isinstance(content, bytes) else b"").lstrip(LINE).partition(b"\n")
    method, _, target = line.decode("latin-1").strip().partition(" ")
    address, blank, version = target.rpartition(" ")
    if not (blank and version.startswith("HTTP/")):
        raise ODataError(HTTPStatus.BAD_REQUEST, "A part of the batch is no HTTP request.")
    request = _message(rest)
    body = request.get_payload(decode=True)
    length = request.get("content-length", "")
    sent = body if isinstance(body, bytes) else b""
    url = urlsplit(address)
    return ODataCall(
        method.upper(),
        unquote(url.path).rpartition(service)[2].lstrip("/"),
        dict(parse_qsl(url.query, keep_blank_values=True)),
        str(request.get("accept", "")),
        sent[: int(length)] if str(length).isdecimal() else sent.rstrip(LINE),
        str(request.get("content-type", "")),
    )


def batch_answer(answers: list[WireAnswer | list[WireAnswer]]) -> WireAnswer:
    """Answer a batch with 202, as OData V2 has it."""
    boundary = f"batch_{uuid.uuid4()}"
    lines: list[bytes] = []
    for answer in answers:
        lines.append(f"--{boundary}".encode())
        if isinstance(answer, WireAnswer):
            lines += _written(answer)
            continue
        inner = f"changeset_{uuid.uuid4()}"
        lines += [f"Content-Type: {MULTIPART}; boundary={inner}".encode(), b""]
        for each in answer:
            lines += [f"--{inner}".encode(), *_written(each)]
        lines += [f"--{inner}--".encode(), b""]
    lines += [f"--{boundary}--".encode(), b""]
    headers = (("content-type", f"{MULTIPART}; boundary={boundary}"), ("dataserviceversion", "2.0"))
    return WireAnswer(HTTPStatus.ACCEPTED, headers, LINE.join(lines))


def _written(answer: WireAnswer) -> list[bytes]:
    body = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
    status = HTTPStatus(answer.status)
    headers = {**dict(answer.headers), "content-length": str(len(body))}
    return [
        b"Content-Type: application/http",
        b"Content-Transfer-Encoding: binary",
        b"",
        f"HTTP/1.1 {status.value} {status.phrase}".encode(),
        *(f"{name}: {value}".encode("latin-1", "replace") for name, value in headers.items()),
        b"",
        body,
    ]
