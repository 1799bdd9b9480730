"""The echo flow."""

from __future__ import annotations

import pytest

from tests.emulator.emulator_process import Emulator


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_echo_tells_what_arrived(emulator: Emulator, method: str) -> None:
    """Method, query, headers and body, for every method."""
    answer = emulator.call(
        "/echo", "grüß".encode(), method=method, params={"a": "b c"}, headers={"X-Mine": "1"}
    )
    received = answer.json()
    assert answer.status_code == 200
    assert (received["method"], received["query"], received["body"]) == (method, {"a": "b c"}, "grüß")
    assert received["headers"]["x-mine"] == "1"


def test_echo_keeps_credentials_to_itself(emulator: Emulator) -> None:
    """Neither the token nor a cookie comes back."""
    answer = emulator.call("/echo", headers={"Cookie": "JSESSIONID=1"})
    assert {"authorization", "cookie"}.isdisjoint(answer.json()["headers"])


def test_head_is_answered_without_a_body(emulator: Emulator) -> None:
    """As HTTP wants it."""
    answer = emulator.call("/echo", method="HEAD")
    assert (answer.status_code, answer.content) == (200, b"")


def test_echo_of_any_path_tells_the_rest(emulator: Emulator) -> None:
    """What stands for the asterisk of its address."""
    assert emulator.call("/echo/a/b").json()["path"] == "a/b"
