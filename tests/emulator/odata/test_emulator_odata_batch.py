"""Batches: requests read out of multipart/mixed, and their answers written into one."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import HTTP
from http import HTTPStatus

import pytest

from pytest_iflow.emulator.odata.batch import batch_answer, read_batch
from pytest_iflow.emulator.odata.model import ODataError
from pytest_iflow.emulator.odata.service import ODataCall
from pytest_iflow.emulator.wire_answer import WireAnswer

TYPE = "multipart/mixed; boundary=b"


def _lines(*lines: str) -> bytes:
    return "\r\n".join(lines).encode()


HTTP_PART = ("Content-Type: application/http", "Content-Transfer-Encoding: binary", "")
CHANGES = ("--b", "Content-Type: multipart/mixed; boundary=c", "", "--c", *HTTP_PART)


def test_requests_and_change_sets_are_read() -> None:
    """The query is cut off and decoded, the body is as long as its header says."""
    batch = _lines(
        "--b",
        *HTTP_PART,
        "GET Orders('J%C3%BC')?$top=1&x=a%20b HTTP/1.1",
        "Accept: application/json",
        "",
        "",
        *CHANGES,
        "POST /gw/odata/SAP/ORDERS;v=1/Orders HTTP/1.1",
        "Content-Type: application/json",
        "Content-Length: 6",
        "",
        '{"a":1}',
        "--c--",
        "",
        "--b--",
        "",
    )
    read, changes = read_batch(batch, TYPE, ";v=1/")
    assert read == ODataCall("GET", "Orders('Jü')", {"$top": "1", "x": "a b"}, "application/json", b"", "")
    assert changes == [ODataCall("POST", "Orders", {}, "", b'{"a":1', "application/json")]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        (b"", TYPE, HTTPStatus.BAD_REQUEST),
        (_lines("--b", *HTTP_PART, "nonsense", "--b--"), TYPE, HTTPStatus.BAD_REQUEST),
        (_lines("--b", *HTTP_PART, "DELETE Orders('1') HTTP/1.1", "", "--b--"), TYPE, HTTPStatus.BAD_REQUEST),
    ],
)
def test_what_is_no_batch_is_refused(body: bytes, kind: str, status: int) -> None:
    """Another type, no parts, no request, a change outside of a change set."""
    with pytest.raises(ODataError) as caught:
        read_batch(body, kind, ";v=1/")
    assert caught.value.status == status


def test_answers_are_written_in_their_order() -> None:
    """Those of a change set in a multipart of their own, each with its length."""
    single = WireAnswer(200, (("content-type", "application/json"),), b'{"d":1}')
    answer = batch_answer([single, [WireAnswer(204, ())]])
    kind = dict(answer.headers)["content-type"]
    content = f"Content-Type: {kind}\r\n\r\n".encode() + bytes(answer.body)  # type: ignore[arg-type] # no chunks
    first, changes = message_from_bytes(content, policy=HTTP).iter_parts()
    assert answer.status == HTTPStatus.ACCEPTED
    assert first.get_payload(decode=True) == (
        b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"d":1}'
    )
    (change,) = changes.iter_parts()
    assert str(change.get_payload()).startswith("HTTP/1.1 204 No Content\r\n")
