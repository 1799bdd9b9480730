"""Replies of flows that others wrote."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from pytest_iflow.emulator.flows.checked_reply import checked
from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Surroundings
from pytest_iflow.emulator.flows.message import Later, Message, Reply
from pytest_iflow.emulator.flows.odata_receiver import ODataReceiver
from pytest_iflow.emulator.flows.processing_log import ProcessingLog

SURROUNDINGS = Surroundings(ODataReceiver("http://127.0.0.1:1"), threading.Event())
# No status that a log can have.
DONE: Any = "DONE"
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
        (Reply(b"", "text/plain", headers=(("a b", "1"),)), "ValueError: no flow can set a header of the"),
        (
            Reply(b"", "text/plain", headers=(("Content-Length", "1"),)),
            "ValueError: no flow can set a header",
        ),
        (Reply(b"", "text/plain", headers=(("a", 1),)), "TypeError: the header 'a' is a text and has one"),  # type: ignore[arg-type] # the mistake that is meant
        (Reply(b"", None), "TypeError: the header 'content-type' is a text and has one, not None"),  # type: ignore[arg-type] # the mistake that is meant
        (Reply(b"", "text/plain", later=Later(-1)), "ValueError: no message can be finished in -1 seconds"),
        (Reply(b"", "text/plain", later=Later("1")), "ValueError: no message can be finished in '1' seconds"),  # type: ignore[arg-type] # the mistake that is meant
        (Reply(b"", "text/plain", later=Later(1, DONE)), "ValueError: no message can have the status 'DONE'"),
    ],
)
def test_reply_that_cannot_be_sent_fails_the_message(answer: Any, cause: str) -> None:
    """The cause says what is wrong with it."""
    with pytest.raises(FlowFailureError) as failed:
        checked(lambda _message, _surroundings: answer)(MESSAGE, SURROUNDINGS)
    assert str(failed.value).startswith(cause)


@pytest.mark.parametrize(
    "note",
    [
        lambda log: log.custom_header("count", 5),
        lambda log: log.adapter_attribute("HTTP", "Address", None),
        lambda log: log.attach("name", "text", "text/plain"),
        lambda log: log.store("id", "text"),
        lambda log: log.step("Step_1", 1),
    ],
)
def test_note_that_no_log_can_keep_fails_the_message(note: Callable[[ProcessingLog], None]) -> None:
    """At the line that makes it, not when the log is written or read."""

    def run(message: Message, _surroundings: Surroundings) -> Reply:
        note(message.log)
        return Reply(b"", "text/plain")

    with pytest.raises(FlowFailureError, match=r"TypeError: a message log takes (str|bytes) here, not"):
        checked(run)(MESSAGE, SURROUNDINGS)


def test_flow_that_wants_to_end_the_process_fails_its_message_only() -> None:
    """``sys.exit`` is one more mistake."""
    with pytest.raises(FlowFailureError, match="SystemExit: 3"):
        checked(lambda _message, _surroundings: sys.exit(3))(MESSAGE, SURROUNDINGS)


def test_failure_of_the_flow_itself_passes() -> None:
    """It is meant."""
    meant = FlowFailureError("meant", status="ESCALATED")

    def fail(_message: Message, _surroundings: Surroundings) -> Reply:
        raise meant

    with pytest.raises(FlowFailureError) as failed:
        checked(fail)(MESSAGE, SURROUNDINGS)
    assert failed.value is meant
