"""Which receivers of a flow on a real tenant could be led to a mock, and by which externalised parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.flow import Adapter, Flow
from pytest_iflow.iflow_model.parameters import names_in, resolve

_ADDRESSES = {
    "HTTP": "the URL of the mock, without a query",
    "SOAP": "the URL of the mock",
    "HCIOData": "the URL of the mock, as the root of an OData service",
    "ODataV4": "the URL of the mock, as the root of an OData service",
    "XI": "the URL of the mock",
    "IDOC": "the URL of the mock",
}
"""Kinds of adapters that send by HTTP, and what their address has to be."""

_WITHIN = frozenset({"ProcessDirect", "JMS"})
"""Kinds that stay within the tenant."""

_CREDENTIALS = ("credentialName", "alias", "basicAuthCredentialName", "privateKeyAlias")
_LEADING = re.compile(r"\s*\{\{")
_HOST = re.compile(r"[a-z][a-z0-9+.-]*://\{\{", re.IGNORECASE)


class SetParameter(Struct, frozen=True):
    """A parameter that would have to be set: its value now, None without one, and what it has to be."""

    name: str
    value: str | None
    set_to: str


class ReceiverPlan(Struct, frozen=True):
    """One receiver of a flow: how it is led to a mock, or ``reason`` why it cannot be.

    ``receiver`` and ``step`` are names, ``address`` is as it stands in the flow. ``credential`` is the name
    of the security artifact with which the adapter would sign in at the mock, empty without one.
    ``on_premise`` says that it goes through the Cloud Connector.
    """

    receiver: str
    adapter: str
    step: str
    address: str
    parameters: tuple[SetParameter, ...] = ()
    reason: str = ""
    credential: str = ""
    on_premise: bool = False

    @property
    def can_be_led(self) -> bool:
        """Whether parameters lead it to a mock."""
        return not self.reason


def mock_plan(bundle: Bundle) -> list[ReceiverPlan]:
    """Return what it takes to lead each receiver of a flow to a mock, but for those within the tenant."""
    flow = bundle.flow
    if flow is None:
        return []
    return list(_plans(bundle, flow))


def _plans(bundle: Bundle, flow: Flow) -> Iterator[ReceiverPlan]:
    steps = {step.id: step.name for step in flow.steps()}
    for adapter in flow.adapters:
        if adapter.direction != "receiver" or adapter.kind in _WITHIN:
            continue
        participant = flow.participants.get(adapter.participant)
        reason = _refusal(adapter)
        held = adapter.properties
        credential = next((held[name] for name in _CREDENTIALS if held.get(name, "").strip()), "")
        yield ReceiverPlan(
            participant.name if participant else adapter.name,
            adapter.kind,
            steps.get(adapter.step, adapter.step),
            adapter.address,
            () if reason else (_parameter(bundle, adapter),),
            reason,
            resolve(credential, bundle.values()),
            on_premise=held.get("proxyType", "") in {"sapcc", "onPremise"},
        )


def _refusal(adapter: Adapter) -> str:
    """Return in words why an adapter cannot be led to a mock, empty where it can."""
    address = adapter.address.strip()
    if adapter.kind not in _ADDRESSES:
        return f"{adapter.kind} is not HTTP"
    if not address:
        return "it has no address"
    if not names_in(address):
        if "${" in address:
            return "a step of the flow makes the address; look there for a parameter"
        return "its address is fixed: externalise it in the editor"
    if not (_HOST.match(address) or _LEADING.match(address)):
        return f"only the end of its address is a parameter ({address}): externalise its beginning"
    return ""


def _parameter(bundle: Bundle, adapter: Adapter) -> SetParameter:
    """Return the parameter with which the address begins, and what it has to be."""
    address = adapter.address.strip()
    name = names_in(address)[0]
    rest = resolve(address, {name: ""})
    wanted = _ADDRESSES[adapter.kind]
    if _HOST.match(address):
        wanted = "the host of the mock, with its port"
    elif rest:
        wanted = f"the URL of the mock, as far as {rest} stands behind it"
    return SetParameter(name, bundle.values().get(name), wanted)
