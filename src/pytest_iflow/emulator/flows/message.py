"""An integration flow, the message that it gets, and the reply or failure that comes of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from typing import Protocol as Interface

from pytest_iflow.emulator.flows.order_store import OrderStore
from pytest_iflow.emulator.flows.passed import Passages
from pytest_iflow.emulator.flows.receivers import ODataReceiver
from pytest_iflow.emulator.flows.script_prints import ScriptPrints
from pytest_iflow.emulator.message_logs.message_log import MessageStatus
from pytest_iflow.emulator.message_logs.processing_log import ProcessingLog
from pytest_iflow.emulator.mocks.mocks import Mocks

Protocol = Literal["http", "cxf", "odata"]
# That of the OData sender: wire-facts 4.7.
PROTOCOL_PATHS: dict[Protocol, str] = {"http": "/http", "cxf": "/cxf", "odata": "/gw/odata/SAP"}
SEND = "ESBMessaging.send"
# What the adapters themselves use reaches the flow in any case (wire-facts 4.10); which headers these are is
# assumed. Those of an OData sender are the ones that OData V2 names.
ADAPTER_HEADERS: dict[Protocol, frozenset[str]] = {
    "http": frozenset({"content-type"}),
    "cxf": frozenset({"content-type", "soapaction"}),
    "odata": frozenset({"accept", "content-type", "if-match", "if-none-match", "x-http-method"}),
}
ALL_HEADERS = "*"
START = "/local-tenant/start"
"""Below this address flows are started that nobody calls by HTTP: by a timer, a queue, ProcessDirect."""
# What describes a message to its log.
SAP_HEADERS = "SAP_.*"


class FlowFailureError(Exception):
    """An exception that no step of the flow handles, or an end event that says so; no reply comes of it.

    ``cause`` is what the sender gets to read (wire-facts 4.3), None if it is told nothing but the id;
    in the message log the class of the ``exception`` stands before it where the sender does not see it.
    ``status`` is what becomes of the message.
    """

    def __init__(
        self, cause: str | None, exception: str | None = None, status: MessageStatus = "FAILED"
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.exception = exception
        self.status = status


class SoapFaultError(FlowFailureError):
    """A fault that the WSDL declares: ``reason`` for people, ``detail`` the XML of the fault's element."""

    def __init__(self, reason: str, detail: bytes) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the sender adapter passes it on.

    ``headers`` are those of the request that the flow allows, with lower-case names, the query parameters,
    and what the adapter adds (``CamelHttpMethod`` and others, wire-facts 4.1, 4.10). ``path`` is what stands
    for ``/*`` of the address, ``query_string`` the query as it came, ``url`` the address called, without the
    query. ``scenario`` is what the client calls the scenario that the message belongs to, if it says so, and
    ``file`` the name of the file that starts a flow.
    """

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    path: str = ""
    query_string: str = ""
    url: str = ""
    scenario: str = ""
    file: str = ""
    log: ProcessingLog = field(default_factory=ProcessingLog, repr=False, compare=False)

    def header(self, name: str, default: str = "") -> str:
        """Return a header, whatever the case of its name."""
        wanted = name.lower()
        return next((value for each, value in self.headers.items() if each.lower() == wanted), default)

    def number(self, name: str, highest: float, default: str = "1") -> float:
        """Return a query parameter or header as a number between 0 and ``highest``, or the ``default``.

        Raises FlowFailureError if it is no number.
        """
        text = self.query.get(name) or self.header(name, default)
        try:
            value = float(text)
        except ValueError as error:
            cause = f'java.lang.NumberFormatException: For input string: "{text}"'
            raise FlowFailureError(cause) from error
        return max(0.0, min(value, highest))

    def status(self) -> int | None:
        """Return the status that the parameter or header ``code`` asks for, None if there is none.

        Raises FlowFailureError if no answer can have it.
        """
        text = self.header("code")
        if not text:
            return None
        if re.fullmatch("[2-5][0-9]{2}", text) is None:
            raise FlowFailureError(f'java.lang.IllegalArgumentException: Invalid status code "{text}"')
        return int(text)


@dataclass(frozen=True, slots=True)
class Completion:
    """What becomes of a message after its answer: in ``seconds`` it gets its final ``status``.

    Before that the flow behind the path ``child`` gets the same body, under the same correlation id; if
    that one fails, so does this message. ``retries`` are further runs: the run before each fails with
    ``retry_error`` after the ``seconds``, and the message is RETRY meanwhile. An item has the steps of the
    run, each as ``ProcessingLog.step`` takes it.
    """

    seconds: float
    status: MessageStatus = "COMPLETED"
    error: str | None = None
    child: str | None = None
    retries: tuple[tuple[tuple[str, str], ...], ...] = ()
    retry_error: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a flow answers; a long body may be an iterable that yields its chunks without waiting.

    ``status`` is what the flow sets as ``CamelHttpResponseCode``: None for 200, or 204 without content
    (wire-facts 4.1). ``headers`` are what it leaves in the message, with those of its receiver: they all
    go back to the sender (wire-facts 4.2). ``completion`` makes the message an asynchronous one.
    """

    body: bytes | Iterable[bytes]
    content_type: str
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    completion: Completion | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a flow may use besides its message: receivers, and an event that is set when the process ends.

    ``receiver`` is the URL of a receiver whose answers can be ordered (see ConfigurableReceiver);
    ``orders`` is what the order service keeps, ``mocks`` what scenarios let receivers answer,
    ``passages`` what messages passed in flows that the engine ran, ``prints`` what scripts printed there.
    """

    products: ODataReceiver
    stopping: threading.Event
    receiver: str = ""
    orders: OrderStore = field(default_factory=OrderStore)
    mocks: Mocks = field(default_factory=Mocks)
    passages: Passages = field(default_factory=Passages)
    prints: ScriptPrints = field(default_factory=ScriptPrints)


class Lifecycle(Interface):
    """What has to know that a flow is deployed."""

    def start(self) -> None:
        """Take note that it is deployed."""

    def stop(self) -> None:
        """Take note that it is undeployed."""


@dataclass(frozen=True, slots=True)
class Flow:
    """An integration flow behind a sender adapter (wire-facts 4.1).

    ``artifact`` is its id, ``address`` the path after the one of the protocol, ``/*`` at its end stands
    for any rest; it is empty for an artifact that has no sender, such as a value mapping, and ``type`` is
    what the runtime calls the artifact. ``role`` is the one that the sender asks for. ``run`` is called in
    a thread of the runtime's for each message. ``body_limit`` is in MB; that it is 40 by default is
    assumed, after other senders (wire-facts 4.6). ``wsdl`` is the text of a SOAP flow's WSDL, with
    ``@ADDRESS@`` for the address; ``returns_exception`` the option *Return Exception to Sender*
    (wire-facts 4.3). A ``one_way`` SOAP sender answers without an envelope (4.8). ``allowed_headers`` is
    the field *Allowed Header(s)*: names or regular expressions with ``|`` between them, ``*`` for all
    headers (4.10). A flow that nobody calls by HTTP (``has_sender`` is false) has an address below ``START``,
    which is no endpoint. Its ``lifecycle`` is told when it is deployed and undeployed. ``content`` makes the
    archive that its designed artifact is, without which that is an empty one. ``further`` is the same flow
    behind its other senders. ``has_scripts`` says that it may print something.
    """

    artifact: str
    name: str
    address: str
    run: Callable[[Message, Surroundings], Reply]
    protocol: Protocol = "http"
    role: str = SEND
    csrf_protected: bool = False
    package: str = "LocalTenant"
    version: str = "1.0.0"
    body_limit: float = 40.0
    wsdl: str | None = None
    returns_exception: bool = False
    one_way: bool = False
    type: str = "INTEGRATION_FLOW"
    allowed_headers: str = ""
    has_sender: bool = True
    lifecycle: Lifecycle | None = None
    content: Callable[[], bytes] | None = None
    further: tuple[Flow, ...] = ()
    has_scripts: bool = False

    def allows(self, header: str) -> bool:
        """Tell whether a header of the request reaches the flow; that case does not matter is assumed."""
        if self.allowed_headers == ALL_HEADERS or header.lower() in ADAPTER_HEADERS[self.protocol]:
            return True
        if not self.allowed_headers:
            return False
        from pytest_iflow.iflow_engine.settings import header_fits

        return header_fits(self.allowed_headers, header)

    @property
    def path(self) -> str:
        """The path of the runtime plane that the flow is called at, with ``/*`` if the address has it."""
        return PROTOCOL_PATHS[self.protocol] + self.address

    @property
    def entries(self) -> tuple[Flow, ...]:
        """The flow behind each of its senders, in one version and package."""
        further = (replace(each, package=self.package, version=self.version) for each in self.further)
        return (self, *further)
