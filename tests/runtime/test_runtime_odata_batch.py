"""The body of an OData batch."""

from __future__ import annotations

import re

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.runtime.odata_batch import Operation, batch_body


def test_changes_next_to_each_other_are_one_change_set() -> None:
    """Unless their names differ; reads stand outside."""
    body, kind = batch_body(
        [
            Operation("GET", "Orders('Jü x')?$top=1"),
            Operation("POST", "/Orders", '{"OrderId": "ü"}'),
            Operation("MERGE", "Orders('1')", "<entry/>"),
            Operation("DELETE", "Orders('2')", change_set="other"),
        ],
        "application/json",
    )
    text = body.decode()
    boundary = kind.partition("boundary=")[2]
    assert text.endswith(f"--{boundary}--\r\n")
    assert len(re.findall(rf"--{boundary}\r\n", text)) == 3
    assert len(set(re.findall(r"boundary=(changeset_\S+)", text))) == 2
    assert re.findall(r"Content-ID: (\d)", text) == ["1", "2", "3"]
    assert "GET Orders('J%C3%BC%20x')?$top=1 HTTP/1.1\r\nAccept: application/json\r\n\r\n" in text
    assert "Content-Type: application/json\r\nContent-Length: 17\r\n\r\n" in text
    assert "Content-Type: application/atom+xml\r\nContent-Length: 8\r\n\r\n<entry/>" in text


def test_request_that_no_batch_has_is_refused() -> None:
    """Another method, no path."""
    with pytest.raises(ConfigurationError, match="HEAD is no request of a batch"):
        Operation("HEAD", "Orders")
    with pytest.raises(ConfigurationError, match="has no path"):
        Operation("GET", "")
