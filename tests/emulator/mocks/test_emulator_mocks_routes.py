"""Orders over HTTP: what is kept of each scenario, and what is refused."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from pytest_iflow.emulator.mocks import calls as bounds
from pytest_iflow.emulator.mocks.calls import ReceiverCall
from pytest_iflow.emulator.mocks.mocks import MOST_SCENARIOS, Mocks
from tests.emulator.emulator_process import Emulator


def call(number: int, body: bytes = b"x") -> ReceiverCall:
    """Return a request to the receiver "Shop"."""
    url = f"https://shop.example/{number}"
    return ReceiverCall("Shop", "request", "Flow", "step", "POST", url, (("a", "b"),), body)


def test_orders_are_taken_told_and_refused(emulator: Emulator) -> None:
    """As docs/receivers.md has it; only this machine may ask."""
    address = f"{emulator.api}/emulator/receivers/s%201"

    def ask(method: str, path: str = "", **options: Any) -> tuple[int, str]:
        answer = emulator.request(method, address + path, **options)
        return answer.status_code, answer.text

    body = base64.b64encode(b"{}").decode()
    assert ask("PUT", json={"Shop": [{"status": 201, "body": body}, {"fault": "reset"}]}) == (204, "")
    assert ask("GET", "?receiver=Shop") == (200, '{"calls":[],"lost":0}')
    assert ask("GET", "/calls/0") == (404, "There is no call 0.\n")
    for wrong, said in {
        '{"Shop": [{"statsu": 200}]}': "unknown field `statsu`",
        '{"Shop": [{"status": 700}]}': "No answer has the status 700.",
        '{"Shop": [{"body": "no Base64!"}]}': "Invalid base64",
        '{"Shop": [{"fault": "gone"}]}': "gone",
        '{"Shop": {}}': "Expected `array`",
        "": "truncated",
    }.items():
        status, text = ask("PUT", data=wrong)
        assert status == 400, wrong
        assert said in text, text
    assert ask("DELETE") == (204, "")
    assert ask("GET", headers={"Host": "evil.example"})[0] == 403


def test_what_is_kept_has_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many calls only what they were, of still more only their number; the oldest scenarios go."""
    monkeypatch.setattr(bounds, "KEPT", 10_000)
    mocks = Mocks()
    for number in range(10_003):
        assert mocks.take("one", call(number)) == (None, False)
    kept, lost = mocks.calls("one", "Shop")
    assert (len(kept), lost) == (10_000, 3)
    assert [each.is_whole for _, each in kept].count(True) == bounds.KEPT_WHOLE
    assert kept[-1][1].url == "https://shop.example/9999"
    monkeypatch.setattr(bounds, "KEPT_BYTES", 10)
    mocks.take("two", call(1, b"12345678"))
    mocks.take("two", call(2, b"12345678"))
    assert [each.body for _, each in mocks.calls("two", "")[0]] == [b"12345678", b""]
    for number in range(MOST_SCENARIOS):
        mocks.take(str(number), call(number))
    assert mocks.calls("two", "") == ([], 0)
    mocks.forget(str(MOST_SCENARIOS - 1))
    assert mocks.call(str(MOST_SCENARIOS - 1), 0) is None
    mocks.clear()
    assert mocks.calls("1000", "") == ([], 0)
