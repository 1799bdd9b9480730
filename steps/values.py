"""What a phrase speaks of: a value, status or header of the response, what is remembered, a message."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, cast

from msgspec import Struct

from pytest_iflow.checks.comparison import Quantifier, Reading, body_text, expect, sum_of
from pytest_iflow.checks.document import Document
from pytest_iflow.checks.path import Found, check_path, several_at
from pytest_iflow.checks.quoting import as_text
from pytest_iflow.checks.relations import Relation
from pytest_iflow.gherkin.parameter_types import STRING, define_leading, unquoted
from pytest_iflow.gherkin.parameter_types import define as define_type
from pytest_iflow.lazy_pattern import lazy_pattern

from . import received
from .conversation import Conversation
from .received import SentPart

if TYPE_CHECKING:  # not for a run that asks nothing of the Monitor
    from pytest_iflow.monitoring.message_part import MessagePart

Measure = Literal["", "number", "sum", "length", "size"]
"""What is judged of a value, if not the value itself."""


class Value(Struct, frozen=True):
    """What a phrase speaks of.

    ``kind`` is one of ``_READERS``, or a part of a message; ``name`` the path, or the name of the header or
    of what is remembered. ``asked_call`` names the call whose message is meant, empty for the last one; it
    is None where no message is meant. ``sent`` is the part that is meant of what a receiver was sent.
    """

    written: str
    kind: str
    name: str = ""
    quantifier: Quantifier = "the"
    measure: Measure = ""
    asked_call: str | None = None
    sent: SentPart | None = None

    @property
    def receiver(self) -> str:
        """The receiver that was sent it, by name or address; empty where none is meant."""
        return self.sent.sent.receiver if self.sent else ""

    @property
    def is_body(self) -> bool:
        """Whether it is the whole response."""
        return self.kind == "response body" and not self.measure

    def expect(self, conversation: Conversation, relation: Relation) -> None:
        """Raise CheckError unless a relation holds; what a message log gets is waited for."""
        if self.asked_call is None:
            expect(self.read(conversation), relation)
        else:
            part = self._part_of(conversation)
            conversation.note(part.expect(relation, conversation.patience))

    @property
    def recalls(self) -> str:
        """The name of what is remembered, if it speaks of that."""
        return self.name if self.kind == "remembered" else ""

    def read(self, conversation: Conversation) -> Reading:
        """Read it; raises CheckError where there is nothing that it could be read of."""
        if self.asked_call is not None:
            sighting, reading = self._part_of(conversation).read(conversation.patience)
            conversation.note(sighting)
            return reading
        if self.sent is not None:
            return self.measured(self.sent.read(conversation))
        if self.measure in {"size", "number"}:
            return self._counted(conversation)
        return self.measured(_READERS[self.kind](self, conversation))

    def document(self, conversation: Conversation) -> Document:
        """Return it as a message of its own; the body is the whole response."""
        if self.is_body:
            return conversation.document
        if self.sent is not None and self.sent.kind == "body" and not self.measure:
            return self.sent.document(conversation)
        reading = self.read(conversation)
        return reading.single("a value").as_document(f"The {reading.name}")

    def _part_of(self, conversation: Conversation) -> MessagePart:
        """Return the part of a message that is meant; raises as ``Conversation.message_of``."""
        from pytest_iflow.monitoring.message_part import MessagePart

        search = conversation.message_of(self.asked_call or "")
        name = self.written.removeprefix(f"the {self.measure} of ").removeprefix("the ")
        return MessagePart(search, self.kind, self.name, name, self.measured)

    def _counted(self, conversation: Conversation) -> Reading:
        name = self.written.removeprefix("the ")
        if self.measure == "size":
            return Reading(name, [Found(len(conversation.exchange.response.body), is_computed=True)])
        return Reading(name, [Found(len(several_at(conversation.document, self.name)), is_computed=True)])

    def measured(self, reading: Reading) -> Reading:
        """Return the sum or the length of what was read, where that is meant."""
        name = self.written.removeprefix("the ")
        if not self.measure:
            return reading
        if self.measure == "sum":
            return Reading(name, [sum_of(reading)])
        if self.measure == "number":
            return Reading(name, [Found(len(reading.found), is_computed=True)])
        value = reading.single().value
        return Reading(name, [Found(len(value if isinstance(value, list | dict) else as_text(value)))])


def _at_path(value: Value, conversation: Conversation) -> Reading:
    return Reading.at(conversation.document, value.name, value.quantifier)


def _header(value: Value, conversation: Conversation) -> Reading:
    headers = conversation.exchange.response.headers
    text = headers.get(value.name)
    found = [] if text is None else [Found(text, is_text=True)]
    return Reading(
        f'response header "{value.name}"',
        found,
        nearest=lambda: f"the response has the headers {', '.join(sorted(headers)) or 'none'}",
    )


_NEXT_COOKIE = lazy_pattern(r",\s*(?=[^\s;,=]+=)")
"""Between two headers ``Set-Cookie`` that were joined; there are commas in dates, too."""


def cookies_of(header: str) -> dict[str, str]:
    """Return the cookies that headers ``Set-Cookie`` set, by name (RFC 6265, 4.1)."""
    pairs = (cookie.partition(";")[0].partition("=") for cookie in _NEXT_COOKIE.split(header))
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs if name.strip()}


def _cookie(value: Value, conversation: Conversation) -> Reading:
    cookies = cookies_of(conversation.exchange.response.headers.get("set-cookie", ""))
    found = [Found(cookies[value.name], is_text=True)] if value.name in cookies else []
    return Reading(
        f'response cookie "{value.name}"',
        found,
        nearest=lambda: f"the response sets the cookies {', '.join(sorted(cookies)) or 'none'}",
    )


def _body(_: Value, conversation: Conversation) -> Reading:
    response = conversation.exchange.response
    text = body_text(response.body, response.headers.get("content-type"), "The response")
    return Reading("response body", [Found(text, is_text=True)])


def _status(_: Value, conversation: Conversation) -> Reading:
    response = conversation.exchange.response
    sentence = f"the response status is {response.status} {response.reason}"
    return Reading("response status", [Found(response.status)], sentence=sentence)


def _remembered(value: Value, conversation: Conversation) -> Reading:
    known = conversation.remembered
    found = [known[value.name]] if value.name in known else []
    return Reading(
        f'remembered "{value.name}"',
        found,
        nearest=lambda: f"this scenario remembers {', '.join(sorted(known)) or 'nothing'}",
    )


_READERS: dict[str, Callable[[Value, Conversation], Reading]] = {
    "response value at": _at_path,
    "response header": _header,
    "response cookie": _cookie,
    "response body": _body,
    "response status": _status,
    "remembered": _remembered,
}

_NAMED = "response value at|response header|response cookie|remembered"
_QUANTIFIED = rf"(?P<quantifier>every|some|no) (?P<several>response value at) (?P<path>{STRING})"
_ADDED = rf"the (?P<added>number|sum) of (?:the )?response values at (?P<values>{STRING})"
_WHOLE = r"(?P<whole>response body|response status)"
_PART = rf"(?P<id>id)|(?P<part>custom header|attachment|adapter attribute) (?P<part_name>{STRING})"
_OF_MESSAGE = rf"(?:{_PART}) of the message(?: of the call (?P<call>{STRING}))?"
_ONE = (
    r"(?:the (?P<measure>length) of )?(?:the )?"
    rf"(?:(?P<kind>{_NAMED}) (?P<name>{STRING})|{_WHOLE}|{_OF_MESSAGE})"
)
_SIZE = r"the (?P<size>size) of the response body"
_OF_SENT = (
    rf"(?:(?:the (?P<sent_measure>length) of )?(?:the )?(?:(?P<sent_part>{received.PARTS})|"
    rf"(?P<sent_kind>value at|{received.NAMED_PARTS}) (?P<sent_name>{STRING}))|"
    rf"(?P<sent_quantifier>every|some|no) value at (?P<sent_path>{STRING})|"
    rf"the (?P<sent_added>number|sum) of (?:the )?values at (?P<sent_values>{STRING})) of "
)
_SENT = rf"(?:{_OF_SENT})?{received.SENT}"
_FORMS = f"{_QUANTIFIED}|{_ADDED}|{_SENT}|{_ONE}|{_SIZE}"
_VALUE = lazy_pattern(_FORMS)
_ANY_FORM = re.sub(r"\?P<\w+>", "?:", _FORMS)
"""The same without groups."""

_BEGINNINGS = (
    *((quantifier, "response", "value") for quantifier in ("the", "every", "some", "no")),
    *(("the", measure, "of") for measure in ("number", "sum", "length", "size")),
    *(("the", "response", what) for what in ("header", "cookie", "body", "status")),
    *(("response", what) for what in ("value", "header", "cookie", "body", "status")),
    ("the", "remembered"),
    ("remembered",),
    *(
        words
        for part in (("id", "of"), ("custom", "header"), ("attachment",), ("adapter", "attribute"))
        for words in (part, ("the", *part))
    ),
    *received.BEGINNINGS,
    *((quantifier, "value", "at") for quantifier in ("every", "some", "no")),
    *(
        words
        for part in ("value at", *received.PARTS.split("|"), *received.NAMED_PARTS.split("|"))
        for words in (tuple(part.split()), ("the", *part.split()))
    ),
)


def is_value(text: str) -> bool:
    """Tell whether a text is what a phrase can speak of."""
    return _VALUE.fullmatch(text) is not None


def read_value(text: str) -> Value:
    """Read what a phrase speaks of; raises ConfigurationError for a path that is none."""
    found = _VALUE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text} is nothing that a phrase can speak of")
    if path := found["path"] or found["values"]:
        path = unquoted(path)
        check_path(path)
        quantifier = cast("Quantifier", found["quantifier"] or "every")
        return Value(text, "response value at", path, quantifier, cast("Measure", found["added"] or ""))
    if found["size"]:
        return Value(text, "response body", measure="size")
    if found["receiver"]:
        return _read_sent(text, found)
    if found["id"] or found["part"]:
        return Value(
            text,
            found["part"] or "id",
            unquoted(found["part_name"] or '""'),
            measure=cast("Measure", found["measure"] or ""),
            asked_call=unquoted(found["call"] or '""'),
        )
    kind, name = found["kind"] or found["whole"], unquoted(found["name"] or '""')
    if kind == "response value at":
        check_path(name)
    return Value(text, kind, name, measure=cast("Measure", found["measure"] or ""))


def _read_sent(text: str, found: re.Match[str]) -> Value:
    """Read a part of what a receiver was sent; the whole is its body."""
    path = found["sent_path"] or found["sent_values"]
    kind = "value at" if path else found["sent_part"] or found["sent_kind"] or "body"
    name = unquoted(path or found["sent_name"] or '""')
    if kind == "value at":
        check_path(name)
    quantifier = cast("Quantifier", found["sent_quantifier"] or ("every" if found["sent_added"] else "the"))
    part = received.SentPart(received.read_sent(found), kind, name, quantifier)
    measure = cast("Measure", found["sent_measure"] or found["sent_added"] or "")
    return Value(text, kind, name, quantifier, measure, sent=part)


_ABOUT = (
    'the, every, some or no response value at "path"; the number or the sum of the response values at '
    '"path"; the length of the response value at "path"; the response header "name"; the response cookie '
    '"name"; the response body, and its size; the response status; remembered "name"; the id, the custom '
    'header "name", the attachment "name" or the adapter attribute "name" of the message (of the call '
    '"name"); the body, the method, the address, the header "name", the query parameter "name" or the value '
    'at "path" of the request to the receiver "name" (of the 1st, the last request); the content, the '
    'subject, the name or the folder of the mail, or of the file "name", to the receiver "name"'
)
define_leading("value", _ANY_FORM, read_value, _ABOUT, 'the response value at "$.order.total"', _BEGINNINGS)
define_type(
    "other", _ANY_FORM, read_value, "another value, of the response or remembered", 'remembered "total"'
)
