"""Causes and what shows them."""

from __future__ import annotations

from collections.abc import Callable

from pytest_iflow.diagnosis.cause import answered
from pytest_iflow.diagnosis.facts import Facts
from tests.diagnosis.refusing import Sender
from tests.loopback_server import Reply


def test_evidence_of_an_answer_says_nothing_twice(recorded: Callable[[Reply], Sender]) -> None:
    """Words that stand in the challenge are not shown again."""
    challenge = 'Bearer error="x", error_description="no"'
    exchange = recorded(Reply(401, headers={"WWW-Authenticate": challenge})).call()
    assert answered(Facts(exchange)) == ("status 401 Unauthorized", f"www-authenticate: {challenge}")
    worded = recorded(Reply(400, b'{"error_description":"why not"}')).call()
    assert answered(Facts(worded)) == ("status 400 Bad Request", "its words: why not")


def test_without_an_answer_there_is_no_evidence_of_one() -> None:
    """Nothing is made up."""
    assert answered(Facts()) == ()
