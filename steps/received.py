"""What the receivers of iFlows were sent, as values that phrases speak of: requests, mails and files."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.checks.comparison import Quantifier, Reading, body_text
from pytest_iflow.checks.document import Document, parse_document
from pytest_iflow.checks.path import Found
from pytest_iflow.errors import CheckError
from pytest_iflow.gherkin.parameter_types import STRING, unquoted

from .conversation import Conversation

if TYPE_CHECKING:  # not for a run without steps about receivers
    from pytest_iflow.runtime.mocked_receivers import MockedReceivers, ReceiverCall, SentMessage

_MOST_SPELLED = 20
"""Up to so many, "the 2nd request" may begin a phrase."""

_LISTED = 10


def _ordinal(number: int) -> str:
    ending = "th" if number in range(11, 14) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_WHICH = "first|last|" + "|".join(_ordinal(number) for number in range(1, _MOST_SPELLED + 1))
SENT = (
    rf"the (?:(?P<which>{_WHICH}) )?(?P<noun>request|mail|file)(?: (?P<file>{STRING}))? "
    rf"to the receiver (?P<receiver>{STRING})"
)
"""What a receiver was sent, as it is written."""

BEGINNINGS = tuple(
    ("the", *(word for word in (which, noun) if word))
    for which in ("", *_WHICH.split("|"))
    for noun in ("request", "mail", "file")
)

PARTS = "body|content|method|address|subject|name|folder"
NAMED_PARTS = "header|query parameter"


class Sent(Struct, frozen=True):
    """Which request, mail or file of a receiver is meant.

    ``number`` counts from 0, -1 is the last one; None means the only one. ``name`` is that of a file, or the
    subject of a mail.
    """

    written: str
    receiver: str
    kind: str
    number: int | None = None
    name: str = ""


def read_sent(found: re.Match[str]) -> Sent:
    """Return what is meant by a text that fits ``SENT``."""
    which = found["which"]
    number = None if which is None else {"first": 0, "last": -1}.get(which)
    if which is not None and number is None:
        number = int(which[:-2]) - 1
    noun = found["noun"]
    ordinal = f"{which} " if which else ""
    file = f" {found['file']}" if found["file"] else ""
    written = f"{ordinal}{noun}{file} to the receiver {found['receiver']}"
    return Sent(written, unquoted(found["receiver"]), noun, number, unquoted(found["file"] or '""'))


def receivers_of(conversation: Conversation) -> MockedReceivers:
    """Return the receivers of a scenario; raises CheckError where it was not found to have some."""
    if conversation.receivers is None:
        raise CheckError(
            "this scenario has no receivers of its own",
            remedy="write its steps with the phrases of the vocabulary, for the local tenant",
        )
    return conversation.receivers


def calls_of(conversation: Conversation, receiver: str, kind: str = "") -> list[ReceiverCall]:
    """Return what a receiver was sent since the scenario began; of one kind where that is named.

    Raises CheckError where the scenario has made no call yet, and where more was sent than is kept.
    """
    conversation.last_call  # noqa: B018, without one nothing can have been sent
    calls, lost = receivers_of(conversation).calls(receiver)
    if lost:
        raise CheckError(
            f"the receivers were sent {lost} more messages than the local tenant keeps of a scenario",
            remedy="send fewer in one scenario",
        )
    return [call for call in calls if not kind or call.kind == kind]


def listed_calls(calls: list[ReceiverCall]) -> str:
    """Return the lines that list what was sent."""
    lines = [f"\n    {number}. {call}" for number, call in enumerate(calls[:_LISTED], start=1)]
    more = [f"\n    and {len(calls) - _LISTED} more"] if len(calls) > _LISTED else []
    return "".join(("\n  sent:", *lines, *more)) if lines else ""


def others_called(conversation: Conversation) -> str:
    """Say which receivers were sent something, for an error that one was not."""
    calls, _ = receivers_of(conversation).calls("")
    names = ", ".join(f'"{name}"' for name in dict.fromkeys(call.receiver for call in calls))
    return f"\n  others:     {names} were called" if names else "\n  others:     no receiver was called"


def found_call(conversation: Conversation, sent: Sent) -> ReceiverCall:
    """Return the request, mail or file that is meant; raises CheckError where there is none, or several."""
    calls = calls_of(conversation, sent.receiver, sent.kind)
    fitting = [call for call in calls if not sent.name or call.name == sent.name]
    if not fitting:
        others = listed_calls(calls) or others_called(conversation)
        raise CheckError(f"There is no {sent.written}{others}")
    if sent.number is None and len(fitting) > 1:
        raise CheckError(
            f'There are {len(fitting)} {sent.kind}s to the receiver "{sent.receiver}", and one is expected'
            f"{listed_calls(fitting)}",
            remedy=f"say which one: the 1st {sent.kind}, the last {sent.kind}",
        )
    number = sent.number or 0
    if number >= len(fitting):
        raise CheckError(f"There is no {sent.written}: it was sent {len(fitting)}{listed_calls(fitting)}")
    call = fitting[number]
    if not call.is_whole:
        raise CheckError(
            f"The {sent.written} was not kept: the scenario has too many messages, or too large ones",
            remedy="send fewer in one scenario; how often a receiver was called can be asked in any case",
        )
    return call


class SentPart(Struct, frozen=True):
    """A part of what a receiver was sent: ``kind`` is one of ``_READERS``, ``name`` its path or name."""

    sent: Sent
    kind: str
    name: str = ""
    quantifier: Quantifier = "the"

    def read(self, conversation: Conversation) -> Reading:
        """Read it; raises CheckError where nothing, or something else, was sent."""
        call = found_call(conversation, self.sent)
        message = receivers_of(conversation).message(call)
        return _READERS[self.kind](self, call, message, conversation)

    def document(self, conversation: Conversation) -> Document:
        """Return the body as JSON or XML."""
        message = receivers_of(conversation).message(found_call(conversation, self.sent))
        return _document(self, message, conversation)


def _document(part: SentPart, message: SentMessage, conversation: Conversation) -> Document:
    kind = message.headers.get("content-type")
    subject = f"The {part.sent.written}"
    return parse_document(message.body, kind, subject, conversation.run.namespaces)


def _at_path(
    part: SentPart, _call: ReceiverCall, message: SentMessage, conversation: Conversation
) -> Reading:
    reading = Reading.at(_document(part, message, conversation), part.name, part.quantifier)
    return replace(reading, name=f"value at {part.name} of the {part.sent.written}")


def _body(part: SentPart, _call: ReceiverCall, message: SentMessage, _: Conversation) -> Reading:
    subject = f"The {part.sent.written}"
    text = body_text(message.body, message.headers.get("content-type"), subject)
    return Reading(f"body of the {part.sent.written}", [Found(text, is_text=True)])


def _header(part: SentPart, _call: ReceiverCall, message: SentMessage, _: Conversation) -> Reading:
    value = message.headers.get(part.name)
    return Reading(
        f'header "{part.name}" of the {part.sent.written}',
        [] if value is None else [Found(value, is_text=True)],
        nearest=lambda: f"it has the headers {', '.join(sorted(message.headers)) or 'none'}",
    )


def _parameter(part: SentPart, call: ReceiverCall, _message: SentMessage, _: Conversation) -> Reading:
    pairs = parse_qsl(urlsplit(call.url).query, keep_blank_values=True)
    found = [Found(value, is_text=True) for name, value in pairs if name == part.name]
    names = ", ".join(sorted({name for name, _ in pairs})) or "none"
    return Reading(
        f'query parameter "{part.name}" of the {part.sent.written}',
        found,
        "any",
        nearest=lambda: f"it has the query parameters {names}",
    )


def _plain(
    of_call: Callable[[ReceiverCall], str],
    part: SentPart,
    call: ReceiverCall,
    _message: SentMessage,
    _: Conversation,
) -> Reading:
    return Reading(f"{part.kind} of the {part.sent.written}", [Found(of_call(call), is_text=True)])


_READERS: dict[str, Callable[[SentPart, ReceiverCall, SentMessage, Conversation], Reading]] = {
    "body": _body,
    "content": _body,
    "value at": _at_path,
    "header": _header,
    "query parameter": _parameter,
    "method": partial(_plain, lambda call: call.method),
    "address": partial(_plain, lambda call: call.url),
    "folder": partial(_plain, lambda call: call.url),
    "name": partial(_plain, lambda call: call.name),
    "subject": partial(_plain, lambda call: call.name),
}
