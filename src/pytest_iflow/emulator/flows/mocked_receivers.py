"""The systems behind the receivers of exported iFlows: mocks of the scenario, else files of the suite.

Beside the bundles may stand a folder ``receivers`` with a TOML file for each system that answers, whichever
scenario calls. None of it sends anything: requests never leave this machine.
"""

from __future__ import annotations

import contextlib
import tomllib
from collections import deque
from collections.abc import Iterator
from contextvars import ContextVar
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, field

from pytest_iflow.emulator.flows.message import Surroundings
from pytest_iflow.emulator.flows.receivers import ReceiverError
from pytest_iflow.emulator.mocks.calls import Kind, ReceiverCall
from pytest_iflow.emulator.mocks.rules import Fault, MockAnswer, RuleError, leads_to
from pytest_iflow.emulator.start import StartError
from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.receivers.receivers import Answer, Delivery, Request

_PRODUCTS = "products"
_FAULTS = {
    "refused": ("Connection refused (Connection refused)", "java.net.ConnectException"),
    "reset": ("Connection reset", "java.net.SocketException"),
    "timeout": ("Read timed out", "java.net.SocketTimeoutException"),
}
_FILE_ERROR = "org.apache.camel.component.file.GenericFileOperationFailedException"
_KEPT_FILES = 100
"""Mails and files that are kept of messages that belong to no scenario, for steps that poll them."""


class FileAnswer(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """An answer in a TOML file; ``file`` stands beside it. The rest is as in ``MockAnswer``."""

    status: int = 200
    headers: dict[str, str | int | float] = field(default_factory=dict)
    body: str = ""
    file: str = ""
    after: float = 0.0
    fault: Fault = ""
    method: str = ""
    when_path: str = ""
    equals: str | None = None
    contains: str = ""

    def read(self, folder: Path) -> MockAnswer:
        """Return the answer with its body."""
        body = (folder / self.file).read_bytes() if self.file else self.body.encode()
        headers = {name: str(value) for name, value in self.headers.items()}
        return MockAnswer(
            self.status,
            headers,
            body,
            self.after,
            self.fault,
            self.method,
            self.when_path,
            self.equals,
            self.contains,
        )


class AnswerFile(Struct, frozen=True):
    """What one file says: whom it means, by name or address, and the answers or the service."""

    key: str
    folder: Path
    answers: tuple[FileAnswer, ...]
    service: str = ""


def read_answers(folder: Path) -> list[AnswerFile]:
    """Return what the files of a folder say; raises StartError for a mistake, with the file."""
    return [_read(file) for file in sorted(folder.glob("*.toml"))]


def _read(file: Path) -> AnswerFile:
    try:
        found = _answer_file(file, tomllib.loads(file.read_text(encoding="utf-8-sig")))
        for each in found.answers:
            each.read(file.parent).check()
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError, RuleError) as error:
        raise StartError(f"{file} is no answer of a receiver: {error}") from error
    return found


def _answer_file(file: Path, content: dict[str, Any]) -> AnswerFile:
    named = str(content.pop("receiver", file.stem))
    key, service = str(content.pop("address", named)), str(content.pop("service", ""))
    several = content.pop("answers", None)
    answers = msgspec.convert([content] if several is None else several, list[FileAnswer])
    if several is not None and content:
        raise RuleError(f"beside answers there is no {', '.join(content)}")
    if service not in {"", _PRODUCTS}:
        raise RuleError(f'there is no service "{service}"; there is "{_PRODUCTS}"')
    return AnswerFile(key, file.parent, tuple(answers), service)


class _Acting(Struct, frozen=True):
    """For which scenario a thread runs a message, and what the flow may use."""

    scenario: str
    surroundings: Surroundings


class MockedReceivers:
    """Answers by the rules of the scenario, else by the files of a folder; keeps what was sent.

    What no rule and no file answers fails, and says how to answer it. ``folder`` None: no files.
    """

    def __init__(self, folder: Path | None) -> None:
        self._files = read_answers(folder) if folder else []
        self._acting: ContextVar[_Acting] = ContextVar("acting")
        self._written: deque[Delivery] = deque(maxlen=_KEPT_FILES)

    @contextlib.contextmanager
    def acting_for(self, scenario: str, surroundings: Surroundings) -> Iterator[None]:
        """Let what the thread sends within the context belong to a scenario; empty for none."""
        before = self._acting.set(_Acting(scenario, surroundings))
        try:
            yield
        finally:
            self._acting.reset(before)

    def answer(self, request: Request) -> Answer:
        """Answer a request; raises StepError where nobody answers."""
        answer, has_rules = self._asked(request)
        if answer is None:
            raise self._nobody_answers(request, has_rules=has_rules)
        return answer

    def _asked(self, request: Request) -> tuple[Answer | None, bool]:
        """Return the answer to a request, None where there is none, and whether there are any for others."""
        call = _call(request, "request", request.method, request.url, request.headers, request.body)
        acting = self._acting.get()
        found, has_rules = None, False
        if acting.scenario:
            found, has_rules = acting.surroundings.mocks.take(acting.scenario, call)
        if found is None and not has_rules:
            file = max(self._files, key=lambda each: leads_to(each.key, call), default=None)
            if file is not None and leads_to(file.key, call):
                if file.service == _PRODUCTS:
                    return _of_products(request, acting.surroundings), True
                fitting = (each.read(file.folder) for each in file.answers)
                found = next((each for each in fitting if each.condition.fits(call)), None)
                has_rules = True
        return _given(found, acting.surroundings) if found is not None else None, has_rules

    def deliver(self, delivery: Delivery) -> None:
        """Keep a mail or a file; raises StepError where the scenario lets the receiver refuse it."""
        kind: Kind = "mail" if "mail" in delivery.adapter.lower() else "file"
        call = _call(
            delivery, kind, "", delivery.folder, delivery.attributes, delivery.content, delivery.name
        )
        acting = self._acting.get()
        if acting.scenario:
            found, _ = acting.surroundings.mocks.take(acting.scenario, call)
            if found is not None:
                _given(found, acting.surroundings)
        else:
            self._written.append(delivery)

    def fetch(self, request: Request, folder: str, name: str) -> bytes | None:
        """Return a file that was written before, else what the server answers; None for the status 404."""
        written = self._written_before(request.receiver, folder, name)
        if written is not None:
            return written
        answer, _ = self._asked(request)
        if answer is None or answer.status == HTTPStatus.NOT_FOUND:
            return None
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise StepError(f"{request.url} cannot be read: status {answer.status}", _FILE_ERROR)
        return answer.body

    def _written_before(self, receiver: str, folder: str, name: str) -> bytes | None:
        acting = self._acting.get()
        if acting.scenario:
            return acting.surroundings.mocks.file(acting.scenario, receiver, name)
        for one in reversed(self._written):
            if (one.receiver, one.folder, one.name) == (receiver, folder, name):
                return one.content
        return None

    def _nobody_answers(self, request: Request, *, has_rules: bool) -> StepError:
        sent = f'{request.method} {request.url} for the receiver "{request.receiver}"'
        if has_rules:
            said = f"none of the answers that are set is for {sent}: add one without a condition"
        else:
            said = (
                f"nothing answers {sent}. Requests do not leave this machine. "
                f'Write into the scenario: Given the receiver "{request.receiver}" answers with status 200; '
                f"or for all scenarios: receivers/{request.receiver}.toml"
            )
        return StepError(said, "java.net.ConnectException")


def _call(
    sent: Request | Delivery,
    kind: Kind,
    method: str,
    url: str,
    headers: Any,
    body: bytes,
    name: str = "",
) -> ReceiverCall:
    pairs = tuple((each, str(value)) for each, value in headers.items())
    return ReceiverCall(sent.receiver, kind, sent.flow, sent.step, method, url, pairs, body, name)


def _given(answer: MockAnswer, surroundings: Surroundings) -> Answer:
    """Return an answer when its time has come; raises StepError for a fault."""
    if answer.after:
        surroundings.stopping.wait(answer.after)
    if answer.fault:
        raise StepError(*_FAULTS[answer.fault])
    return Answer(answer.status, answer.body, answer.headers)


def _of_products(request: Request, surroundings: Surroundings) -> Answer:
    parts = urlsplit(request.url)
    resource = parts.path.rpartition("/")[2]
    try:
        found = surroundings.products.read(
            resource, parts.query.replace(" ", "%20"), request.headers.get("Accept", "")
        )
    except ReceiverError as error:
        raise StepError(str(error), "java.net.ConnectException") from error
    return Answer(found.status, found.body, dict(found.headers), found.reason)
