"""An integration flow: what its sender adapter is set to, and the function that processes a message."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pytest_iflow.emulator.flows.message import Message, Reply
from pytest_iflow.emulator.flows.odata_receiver import ODataReceiver

Protocol = Literal["http", "cxf", "odata"]
# The path of the OData sender is assumed: wire-facts 4.1 did not find it.
PROTOCOL_PATHS: dict[Protocol, str] = {"http": "/http", "cxf": "/cxf", "odata": "/gw/odata/SAP"}
SEND = "ESBMessaging.send"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a flow may use beside its message: receivers, and the sign that the process ends.

    ``receiver`` is the URL of a receiver whose answers can be ordered (see UnsteadyReceiver).
    """

    products: ODataReceiver
    stopping: threading.Event
    receiver: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """An integration flow behind a sender adapter (wire-facts 4.1).

    ``artifact`` is its id, ``address`` the path after the one of the protocol, ``/*`` at its end stands
    for any rest; ``role`` is the one that the sender asks for. ``run`` is called in a thread of the
    runtime's for each message. ``body_limit`` is in MB; that it is 40 by default is assumed, after
    other senders (wire-facts 4.6). ``wsdl`` is the text of a SOAP flow's WSDL, with ``@ADDRESS@`` for
    the address; ``returns_exception`` the option *Return Exception to Sender* (wire-facts 4.3).
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

    @property
    def path(self) -> str:
        """The path of the runtime plane that the flow is called at, with ``/*`` if the address has it."""
        return PROTOCOL_PATHS[self.protocol] + self.address
