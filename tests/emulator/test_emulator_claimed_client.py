"""Who a request says that it comes from."""

from __future__ import annotations

import base64
import json

import pytest

from pytest_iflow.emulator.claimed_client import claimed_client


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode("ascii")


@pytest.mark.parametrize(
    ("authorization", "client"),
    [
        (f"Basic {base64.b64encode(b'sb-1!b2|it!b3:secret').decode()}", "sb-1!b2|it!b3"),
        (f"Bearer h.{_encoded(json.dumps({'cid': 'sb-1'}))}.s", "sb-1"),
        (f"bearer h.{_encoded(json.dumps({'cid': 'sb-1'}))}.s", "sb-1"),
        (f"Bearer h.{_encoded('{}')}.s", "unknown"),
        (f"Bearer h.{_encoded('[]')}.s", "unknown"),
        ("Bearer h.!.s", "unknown"),
        ("Bearer x", "unknown"),
        ("Bearer", "unknown"),
        ("Basic ?", "unknown"),
        ("Digest x", "unknown"),
        ("", "unknown"),
    ],
)
def test_client_is_read_from_the_header(authorization: str, client: str) -> None:
    """What cannot be read is no client."""
    assert claimed_client(authorization) == client
