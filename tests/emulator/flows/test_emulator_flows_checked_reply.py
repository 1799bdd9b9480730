"""Replies of flows that others wrote."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from pytest_iflow.emulator.flows.checked_reply import checked
from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Surroundings
from pytest_iflow.emulator.flows.message import Message, Reply
from pytest_iflow.emulator.flows.odata_receiver import ODataReceiver

SURROUNDINGS = Surroundings(ODataReceiver("http://127.0.0.1:1"), threading.Event())
MESSAGE = Message("POST", {}, {}, b"")


def test_good_reply_passes() -> None:
    """As it is."""
    reply = Reply(b"x", "text/plain", 202, (("x-mine", "é"),))
    assert checked(lambda _message, _surroundings: reply)(MESSAGE, SURROUNDINGS) is reply


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ("text", "TypeError: a flow answers with a Reply, not with str"),
        (None, "TypeError: a flow answers with a Reply, not with NoneType"),
        (Reply("text", "text/plain"), "TypeError: the body of a Reply is bytes, not str"),  # type: ignore[arg-type] # the mistake that is meant
        (Reply(b"", "text/plain", 99), "ValueError: no answer can have the status 99"),
        (Reply(b"", "text/plain", headers=(("a", "1\r\nb: 2"),)), "ValueError: the header 'a' has a control"),
        (Reply(b"", "text/plain", headers=(("a", "λ"),)), "UnicodeEncodeError: "),
    ],
)
def test_reply_that_cannot_be_sent_fails_the_message(answer: Any, cause: str) -> None:
    """The cause says what is wrong with it."""
    with pytest.raises(FlowFailureError) as failed:
        checked(lambda _message, _surroundings: answer)(MESSAGE, SURROUNDINGS)
    assert str(failed.value).startswith(cause)


def test_failure_of_the_flow_itself_passes() -> None:
    """It is meant."""
    meant = FlowFailureError("meant", status="ESCALATED")

    def fail(_message: Message, _surroundings: Surroundings) -> Reply:
        raise meant

    with pytest.raises(FlowFailureError) as failed:
        checked(fail)(MESSAGE, SURROUNDINGS)
    assert failed.value is meant
