"""What was recorded as the draft of a suite: a feature for each iFlow, payloads and answers beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

from msgspec import Struct

from pytest_iflow.drafts.draft import (
    Fate,
    FeatureDraft,
    FileDraft,
    Remark,
    ScenarioDraft,
    StepDraft,
    SuiteDraft,
)
from pytest_iflow.drafts.feature_text import in_quotes, literal
from pytest_iflow.drafts.file_names import Names, file_name
from pytest_iflow.drafts.golden_answers import Answer, file_ending, golden_of
from pytest_iflow.monitoring.message_log import FINAL
from pytest_iflow.recording.call import RecordedCall
from pytest_iflow.runtime.addresses import runtime_path
from pytest_iflow.tenants.model import Environment

_LETTERS_OF_HASH = 6
_SOME = 5
"""Paths that a remark names."""

_LOGS_COMPARED = 3


class LogFacts(Struct, frozen=True):
    """What the message log of a call says: its status, and custom headers, anonymous already."""

    status: str
    custom_headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class _Request:
    """One request, with all answers to it that have the same status."""

    call: RecordedCall
    answers: list[RecordedCall] = field(default_factory=list)


class SuiteOfCalls:
    """Makes the draft of a suite of calls to one environment; ``into`` is the folder that it is written to.

    ``facts`` gives what the message log of a call says, None where nobody asked. Golden messages that are in
    the folder already stand: what is recorded again is compared with them.
    """

    def __init__(
        self,
        environment: Environment,
        into: Path,
        facts: Callable[[RecordedCall], LogFacts | None] = lambda _call: None,
    ) -> None:
        self._environment = environment
        self._into = into
        self._facts = facts
        self._files: list[FileDraft] = []
        self._remarks: list[Remark] = []

    def draft(self, calls: Iterable[RecordedCall], source: str) -> SuiteDraft:
        """Return the draft; a request that was recorded several times is one scenario."""
        scenarios: dict[str, list[ScenarioDraft]] = {}
        names: dict[str, Names] = {}
        for request in self._requests(calls):
            name, address = self._iflow(request.call.target.partition("?")[0])
            of_feature = names.setdefault(name, Names())
            scenarios.setdefault(name, []).append(self._scenario(request, name, address, of_feature))
        features = tuple(
            FeatureDraft(
                f"{file_name(name)}.feature",
                f"Calls of {name}, recorded",
                tuple(made),
                f"Recorded from {self._environment}. Personal values are made up.",
                ("@recorded",),
            )
            for name, made in scenarios.items()
        )
        return SuiteDraft(source, features, tuple(self._files), (), tuple(self._remarks))

    def _requests(self, calls: Iterable[RecordedCall]) -> list[_Request]:
        found: dict[str, _Request] = {}
        for call in calls:
            why = call.left or ("; ".join(call.reasons) if call.request_body is None else "")
            if why:
                self._note(Fate.LEFT, call.origin, f"It was passed on and is no scenario: {why}.")
                continue
            request = found.setdefault(f"{call.status} {_identity(call)}", _Request(call))
            request.answers.append(call)
        return [*found.values()]

    def _iflow(self, path: str) -> tuple[str, str]:
        """Return the name of an iFlow for its feature, and how a step calls it."""
        for iflow in self._environment.iflows.values():
            if iflow.address is not None and runtime_path(iflow.address) == path:
                return iflow.name, iflow.name
        return path.strip("/").removeprefix("http/").removeprefix("cxf/") or "runtime", path

    def _scenario(self, request: _Request, name: str, address: str, names: Names) -> ScenarioDraft:
        call = request.call
        short = _identity(call)[:_LETTERS_OF_HASH]
        stem = f"{call.method.lower()}-{short}-{call.status or 'log'}"
        folder = file_name(name)
        comments: list[str] = []
        steps = [*self._given(call, comments)]
        sent = f"I send a {call.method} request to the iFlow {_quoted(literal(address))}"
        if call.request_body:
            file = f"{folder}/{stem}{file_ending(call.request_body, call.request_header('content-type'))}"
            self._files.append(FileDraft(file, call.request_body))
            sent += f' with the file "{file}"'
        steps.append(StepDraft("When", sent))
        expected = [*self._answer(request, f"{folder}/{stem}.golden", comments), *self._log(request)]
        steps += [StepDraft("And" if index else "Then", phrase) for index, phrase in enumerate(expected)]
        answers = f"answers {call.status}" if call.status else "from a message log"
        title = f"{call.method} {address} {answers} ({short})"
        if len(request.answers) > 1:
            self._note(
                Fate.CHANGED, title, f"It was called {len(request.answers)} times and is one scenario."
            )
        else:
            self._note(Fate.TAKEN, title, "A scenario was made of it.")
        return ScenarioDraft(names.add(title), tuple(steps), call.origin, comments=tuple(comments))

    def _given(self, call: RecordedCall, comments: list[str]) -> Iterator[StepDraft]:
        keyword = "Given"
        if call.request_body and call.request_header("content-type") is None:
            yield StepDraft(keyword, 'the request header "Content-Type" is not sent')
            keyword = "And"
        query = parse_qsl(call.target.partition("?")[2], keep_blank_values=True)
        sent = [pair for pair in call.request_headers if pair != ("Accept", "*/*")]
        said = [("request header", *pair) for pair in sent]
        said += [("query parameter", *pair) for pair in query]
        for kind, name, value in said:
            quoted = in_quotes(literal(name)), in_quotes(literal(value))
            if None in quoted:
                comments.append(f"The {kind} {name} is left out: no step can hold its value.")
                continue
            yield StepDraft(keyword, f"the {kind} {quoted[0]} is {quoted[1]}")
            keyword = "And"

    def _answer(self, request: _Request, stem: str, comments: list[str]) -> Iterator[str]:
        call, body = request.call, request.call.response_body
        if call.status:  # message logs do not have it
            yield f"the response status is {call.status}"
        if body is None:
            comments += [f"{reason[0].upper()}{reason[1:]}." for reason in call.reasons]
        elif not body and call.method != "HEAD" and call.status:
            yield "the response body is empty"
        elif body and call.message_id and call.message_id.encode() in body:
            comments.append("The answer names its message, so it is another one each time.")
        elif body:
            answers = [
                Answer(each.response_body or b"", each.response_header("content-type"))
                for each in request.answers
            ]
            golden = golden_of(answers, stem, self._into)
            self._files += golden.files
            if golden.ignored:
                more = f" and {len(golden.ignored) - _SOME} more" if len(golden.ignored) > _SOME else ""
                where = f"{', '.join(golden.ignored[:_SOME])}{more}"
                what = f"Its answers differ at {where}: {golden.name} ignores that."
                self._note(Fate.CHANGED, call.origin, what)
            if golden.problem:
                self._note(Fate.CHANGED, call.origin, f"{golden.problem[0].upper()}{golden.problem[1:]}.")
            yield f'the response equals the golden message "{golden.name}"'

    def _log(self, request: _Request) -> Iterator[str]:
        """Yield what the logs of the first messages say alike: what differs is another value each time."""
        found = [facts for answer in request.answers[:_LOGS_COMPARED] if (facts := self._facts(answer))]
        if not found:
            return
        facts = found[0]
        if facts.status == "COMPLETED":
            yield "the message is completed"
        elif facts.status in FINAL:
            yield f'the message status becomes "{facts.status}" within 60 seconds'
        for name, value in facts.custom_headers:
            if any((name, value) not in other.custom_headers for other in found):
                continue
            quoted = in_quotes(literal(name)), in_quotes(literal(value))
            if None not in quoted:
                yield f"the message has the custom header {quoted[0]} with {quoted[1]}"

    def _note(self, fate: Fate, origin: str, what: str) -> None:
        self._remarks.append(Remark(fate, origin, what))


def _identity(call: RecordedCall) -> str:
    """Return a hash of a request: its method, address, headers and body."""
    parts = (
        call.method,
        call.target,
        *(f"{name.lower()}: {value}" for name, value in sorted(call.request_headers)),
    )
    return hashlib.sha256("\n".join(parts).encode() + b"\n\n" + (call.request_body or b"")).hexdigest()


def _quoted(text: str) -> str:
    return in_quotes(text) or '""'
