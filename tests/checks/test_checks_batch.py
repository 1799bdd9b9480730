"""The answer of an OData batch."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.errors import CheckError

TYPE = 'multipart/mixed; boundary="b 1"'
PART = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
ANSWER = (
    f"--b 1\r\n{PART}HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=utf-8\r\nX-Id: 1\r\n\r\n"
    '{"d": {"Amount": 1.50, "Name": "Jürgen"}}\r\n'
    f"--b 1\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
    f"--c\r\n{PART}HTTP/1.1 204 No Content\r\n\r\n\r\n"
    f"--c\r\n{PART}HTTP/1.1 400 Bad Request\r\nContent-Type: application/xml\r\n\r\n<error/>\r\n--c--\r\n"
    f"--b 1\r\n{PART}HTTP/1.1 200 OK\r\n\r\n{{broken\r\n--b 1--\r\n"
)
DEEP = "".join(
    f"--{'b 1' if not level else f'b{level}'}\r\nContent-Type: multipart/mixed; boundary=b{level + 1}\r\n\r\n"
    for level in range(3000)
)


def test_each_part_has_status_headers_and_body() -> None:
    """In the order of the batch, change sets included; JSON is a value, all else a text."""
    document = parse_document(ANSWER.encode(), TYPE)
    first, second, third, fourth = document.value
    assert document.kind == "json"
    assert (first["status"], first["reason"], first["headers"]["x-id"]) == (200, "OK", "1")
    assert first["body"]["d"]["Name"] == "Jürgen"
    assert Decimal(str(first["body"]["d"]["Amount"])) == Decimal("1.5")
    assert (second["status"], second["body"]) == (204, None)
    assert (third["status"], third["reason"], third["body"]) == (400, "Bad Request", "<error/>")
    assert fourth["body"] == "{broken"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "is multipart/mixed, but has no parts"),
        ("no boundary", "is multipart/mixed, but has no parts"),
        (f"--b 1\r\n{PART}<html/>\r\n--b 1--", "has a part that is no HTTP answer: it begins with <html/>"),
        (f"--b 1\r\n{PART}HTTP/1.1 {'9' * 5000}\r\n--b 1--", "has a part that is no HTTP answer"),
        (DEEP, "is nested too deep to be judged"),
    ],
)
def test_what_is_no_batch_is_said(body: str, said: str) -> None:
    """With what to look at."""
    with pytest.raises(CheckError, match="The response") as caught:
        parse_document(body.encode(), TYPE)
    assert said in caught.value.what
