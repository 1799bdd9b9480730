"""Phrases about the receivers of iFlows on the local tenant: what they answer, and what they were sent.

A receiver is named as in the iFlow, or by its address, such as "https://shop.example/orders": with a query or
without, or with * at its end. Requests of an iFlow never leave the local tenant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from pytest_iflow.checks.path import Found
from pytest_iflow.checks.relations import Relation
from pytest_iflow.errors import CheckError
from pytest_iflow.gherkin.vocabulary import given, then
from pytest_iflow.runtime.request_body import content_type_of

from .conversation import Conversation
from .received import calls_of, listed_calls, others_called, receivers_of
from .receiver_answers import read_rows

if TYPE_CHECKING:  # not for a run without steps about receivers
    from pytest_iflow.runtime.mocked_receivers import ReceiverCall

Answer = Mapping[str, Any]
"""An answer as it is ordered; its body is in bytes."""

_FAULT = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>'
    "<faultcode>soap:Server</faultcode><faultstring>{text}</faultstring>"
    "</soap:Fault></soap:Body></soap:Envelope>"
)


def _answer(body: bytes, file: str = "", **more: Any) -> dict[str, Any]:
    """Return an answer with a body; its content type is that of the file, or what the body looks like."""
    headers = {"Content-Type": content_type_of(body, file)} if body else {}
    return {"body": body, **more, "headers": {**headers, **more.get("headers", {})}}


def _order(conversation: Conversation, receiver: str, *answers: Answer) -> None:
    receivers_of(conversation).order(receiver, answers)


def _read_file(conversation: Conversation, file: str, *, filled: bool) -> bytes:
    return conversation.read_text(file, filled=True).encode() if filled else conversation.read_file(file)


@given("the receiver {string} answers with status {httpstatus}")
def answers_with_status(receiver: str, status: int, conversation: Conversation) -> None:
    """Let a receiver answer with a status and no body, in place of what was set for it before."""
    _order(conversation, receiver, {"status": status})


@given("the receiver {string} answers with the file {string}{filled}", reads="file")
def answers_with_file(receiver: str, file: str, filled: bool, conversation: Conversation) -> None:
    """Let a receiver answer with a file from beside the feature or from the folder payloads, and status 200.

    The ending of its name tells the Content-Type.
    """
    _order(conversation, receiver, _answer(_read_file(conversation, file, filled=filled), file))


@given("the receiver {string} answers with status {httpstatus} and the file {string}{filled}", reads="file")
def answers_with_status_and_file(
    receiver: str, status: int, file: str, filled: bool, conversation: Conversation
) -> None:
    """Let a receiver answer with a status and a file."""
    body = _read_file(conversation, file, filled=filled)
    _order(conversation, receiver, _answer(body, file, status=status))


@given("the receiver {string} answers:")
def answers_with_body(receiver: str, conversation: Conversation, docstring: str) -> None:
    """Let a receiver answer with the text below, in UTF-8, and status 200."""
    _order(conversation, receiver, _answer(docstring.encode()))


@given("the receiver {string} answers with status {httpstatus} and the body:")
def answers_with_status_and_body(
    receiver: str, status: int, conversation: Conversation, docstring: str
) -> None:
    """Let a receiver answer with a status and the text below."""
    _order(conversation, receiver, _answer(docstring.encode(), status=status))


@given("the receiver {string} answers in turn:", below=read_rows, reads="datatable")
def answers_in_turn(receiver: str, conversation: Conversation, datatable: list[list[str]]) -> None:
    """Let a receiver answer as the rows say, one after the other; the last row stays.

    Columns: status, body, file, header (Retry-After: 5), after (seconds), fault (refused, reset, timeout);
    and to which requests the row is the answer: method, when path with equals, contains. Rows with the same
    condition are given in turn; those with a condition come before those without.
    """
    answers = []
    for row in read_rows(datatable):
        more = dict(row.answer)
        body = more.pop("body", b"")
        answers.append(_answer(conversation.read_file(row.file) if row.file else body, row.file, **more))
    _order(conversation, receiver, *answers)


@given("the receiver {string} answers with the header {string} as {string}")
def answers_with_header(receiver: str, name: str, value: str, conversation: Conversation) -> None:
    """Add a header to the answers that are set for a receiver; alone it answers with status 200."""
    _change(conversation, receiver, lambda answer: _with_header(answer, name, value))


def _with_header(answer: Answer, name: str, value: str) -> dict[str, Any]:
    kept = {each: text for each, text in answer.get("headers", {}).items() if each.lower() != name.lower()}
    return {**answer, "headers": {**kept, name: value}}


@given("the receiver {string} answers after {seconds} second(s)")
def answers_after(receiver: str, seconds: float, conversation: Conversation) -> None:
    """Let the answers that are set for a receiver come so late; alone it answers with status 200."""
    _change(conversation, receiver, lambda answer: {**answer, "after": seconds})


def _change(conversation: Conversation, receiver: str, change: Callable[[Answer], Answer]) -> None:
    before = receivers_of(conversation).answers.get(receiver, [{}])
    _order(conversation, receiver, *map(change, before))


@given("the receiver {string} answers with the SOAP fault {string}")
def answers_with_soap_fault(receiver: str, text: str, conversation: Conversation) -> None:
    """Let a receiver answer with a SOAP fault of version 1.1 with this text, and status 500."""
    body = _FAULT.format(text=escape(text)).encode()
    _order(conversation, receiver, _answer(body, status=500, headers={"Content-Type": "text/xml"}))


@given("the receiver {string} refuses the connection")
def refuses_connection(receiver: str, conversation: Conversation) -> None:
    """Let nobody listen at the address of a receiver; a mail or a file cannot be delivered, either."""
    _order(conversation, receiver, {"fault": "refused"})


@given("the receiver {string} resets the connection")
def resets_connection(receiver: str, conversation: Conversation) -> None:
    """Let a receiver break the connection in place of an answer."""
    _order(conversation, receiver, {"fault": "reset"})


@given("the receiver {string} does not answer in time")
def does_not_answer(receiver: str, conversation: Conversation) -> None:
    """Let a receiver not answer before the timeout of its adapter; nobody waits for that long."""
    _order(conversation, receiver, {"fault": "timeout"})


@then("the receiver {string} was {not}called")
def was_called(receiver: str, negated: bool, conversation: Conversation) -> None:
    """Expect that a receiver was sent something since the scenario began, or nothing."""
    calls = calls_of(conversation, receiver)
    if bool(calls) is negated:
        said = f"was called {_times(len(calls))}" if calls else "was not called"
        raise CheckError(f'the receiver "{receiver}" {said}{_seen(conversation, calls)}')


@then("the receiver {string} was called {count} time(s)", example='the receiver "WebShop" was called 2 times')
def was_called_times(receiver: str, count: Relation, conversation: Conversation) -> None:
    """Expect so many requests, mails and files since the scenario began: 1, no, at least 2, at most 3."""
    _expect_count(receiver, "", count, conversation)


@then("the receiver {string} got {count} mail(s)", example='the receiver "Mail" got 1 mail')
def got_mails(receiver: str, count: Relation, conversation: Conversation) -> None:
    """Expect so many mails since the scenario began."""
    _expect_count(receiver, "mail", count, conversation)


@then("the receiver {string} got {count} file(s)", example='the receiver "Archive" got 1 file')
def got_files(receiver: str, count: Relation, conversation: Conversation) -> None:
    """Expect so many files since the scenario began."""
    _expect_count(receiver, "file", count, conversation)


def _expect_count(receiver: str, kind: str, count: Relation, conversation: Conversation) -> None:
    calls = calls_of(conversation, receiver, kind)
    if count.failure(Found(len(calls))) is None:
        return
    said = f"got {_number(len(calls), kind)}" if kind else f"was called {_times(len(calls))}"
    if not calls and not kind:
        said = "was not called"
    raise CheckError(
        f'the receiver "{receiver}" {said}, expected {count.expectation()}{_seen(conversation, calls)}'
    )


def _seen(conversation: Conversation, calls: list[ReceiverCall]) -> str:
    return listed_calls(calls) or others_called(conversation)


def _number(count: int, kind: str) -> str:
    return f"{count or 'no'} {kind}{'' if count == 1 else 's'}"


def _times(count: int) -> str:
    return f"{count} time{'' if count == 1 else 's'}"
