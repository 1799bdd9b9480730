"""The one table of what the engine runs: steps by kind, and adapters by kind and direction.

``not_supported`` says beforehand what a flow needs that is not there; a step or adapter that is not in the
table ends the message with the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.failures import NotSupportedError, StepError
from pytest_iflow.iflow_engine.processing import Action, Make
from pytest_iflow.iflow_engine.receivers.odata import PROTOCOL, require_operation
from pytest_iflow.iflow_engine.senders import SENDERS
from pytest_iflow.iflow_engine.steps import (
    calls,
    csv_xml,
    encoders,
    external_calls,
    json_xml,
    persistence,
    xml_steps,
)
from pytest_iflow.iflow_engine.steps.content_modifier import content_modifier
from pytest_iflow.iflow_engine.steps.gather import Gather, aggregator, gather
from pytest_iflow.iflow_engine.steps.mappings import message_mapping
from pytest_iflow.iflow_engine.steps.scripts import script
from pytest_iflow.iflow_engine.steps.splitters import SPLITTERS, Split, splitter
from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.flow import Flow, Step
from pytest_iflow.iflow_model.package import Package
from pytest_iflow.iflow_model.readiness import Missing

ACTIONS: dict[str, Make] = {
    "content modifier": content_modifier,
    "Groovy script": script,
    "aggregator": aggregator,
    "filter": xml_steps.content_filter,
    "XML validator": xml_steps.xml_validator,
    "XML modifier": xml_steps.xml_modifier,
    "XSLT mapping": xml_steps.xslt_mapping,
    "message mapping": message_mapping,
    "JSON to XML converter": json_xml.json_to_xml,
    "XML to JSON converter": json_xml.xml_to_json,
    "CSV to XML converter": csv_xml.csv_to_xml,
    "XML to CSV converter": csv_xml.xml_to_csv,
    "Base64 encoder": encoders.base64_encoder,
    "Base64 decoder": encoders.base64_decoder,
    "GZIP compression": encoders.gzip_compression,
    "GZIP decompression": encoders.gzip_decompression,
    "ZIP compression": encoders.zip_compression,
    "ZIP decompression": encoders.zip_decompression,
    "URL encoder": encoders.url_encoder,
    "URL decoder": encoders.url_decoder,
    "MIME multipart encoder": encoders.mime_encoder,
    "MIME multipart decoder": encoders.mime_decoder,
    "data store write": persistence.data_store_write,
    "data store get": persistence.data_store_get,
    "data store select": persistence.data_store_select,
    "data store delete": persistence.data_store_delete,
    "write variables": persistence.write_variables,
    "persist": persistence.persist,
    "process call": calls.process_call,
    "looping process call": calls.looping_process_call,
    "idempotent process call": calls.idempotent_process_call,
    "request-reply": external_calls.request_reply,
    "send": external_calls.send,
    "message end": external_calls.message_end,
    "content enricher": external_calls.content_enricher,
    "poll enrich": external_calls.poll_enrich,
}
"""What makes the action of a step, by its kind."""

ROUTED = frozenset(
    {
        "start",
        "message start",
        "timer start",
        "error start",
        "end",
        "error end",
        "escalation end",
        "terminate end",
        "router",
        "parallel multicast",
        "sequential multicast",
        "join",
        "gather",
        "general splitter",
        "iterating splitter",
        "IDoc splitter",
    }
)
"""Kinds that the walk runs itself."""


_PREPARED: dict[str, Callable[[Step, DeployedFlow], object]] = {
    **{kind: make for kind, make in ACTIONS.items() if kind not in {"Groovy script", "message mapping"}},
    **dict.fromkeys(SPLITTERS, splitter),
    "gather": gather,
}
"""What makes a step ready, where nothing but its settings is asked for."""

_SEVERAL_PROTOCOLS = frozenset({"HCIOData", "SuccessFactors"})
"""Adapters of which one protocol is emulated."""


def not_supported(flow: Flow) -> list[Missing]:
    """Return what a flow needs and the engine does not have, in whatever process it stands."""
    missing = [
        Missing(step.name or step.id, _shown(step))
        for step in flow.steps()
        if step.kind not in ACTIONS and step.kind not in ROUTED
    ]
    for adapter in flow.adapters:
        known = SENDERS if adapter.direction == "sender" else external_calls.RECEIVERS
        if adapter.kind not in known:
            missing.append(Missing(adapter.name or adapter.id, f"{adapter.kind} {adapter.direction}"))
        elif adapter.kind in _SEVERAL_PROTOCOLS:
            protocol = adapter.properties.get("MessageProtocol") or PROTOCOL
            if protocol != PROTOCOL:
                said = protocol if adapter.kind == "HCIOData" else f"{adapter.kind} {protocol}"
                missing.append(Missing(adapter.name or adapter.id, f"{said} {adapter.direction}"))
    return missing


def unusable_settings(package: Package, bundle: Bundle) -> Iterator[Missing]:
    """Yield the steps and receivers of a flow whose settings ask for what the engine does not have.

    Each is made ready as for a message. Scripts and message mappings are looked into elsewhere. What is wrong
    with a flow itself is no matter here: a tenant fails there, too.
    """
    deployed = DeployedFlow(bundle, package=package)
    for step in deployed.flow.steps():
        make = _PREPARED.get(step.kind)
        if make is not None and (said := _refusal(partial(make, step, deployed))):
            yield Missing(step.name or step.id, said)
    for adapter in deployed.flow.adapters:
        if adapter.direction == "receiver" and adapter.kind in _SEVERAL_PROTOCOLS:
            settings = deployed.settings(adapter.properties)
            if said := _refusal(partial(require_operation, settings)):
                yield Missing(adapter.name or adapter.id, said)


def _refusal(make: Callable[[], object]) -> str:
    """Return what the engine says that it does not have, as it is called in a list of what is missing."""
    try:
        make()
    except NotSupportedError as error:
        return str(error).removeprefix("not supported by the local tenant: ")
    except StepError:
        pass
    return ""


def action_of(step: Step, deployed: DeployedFlow) -> Action:
    """Return the action of a step; raises NotSupportedError where the engine has none."""
    make = ACTIONS.get(step.kind)
    if make is None:
        raise NotSupportedError(f"not supported by the local tenant: {step.name or step.id}, {_shown(step)}")
    return _kept(step, deployed, make)  # type: ignore[no-any-return]


def splitter_of(step: Step, deployed: DeployedFlow) -> Split:
    """Return what a splitter splits by."""
    return _kept(step, deployed, splitter)  # type: ignore[no-any-return]


def gather_of(step: Step, deployed: DeployedFlow) -> Gather:
    """Return what a gather makes of several messages."""
    return _kept(step, deployed, gather)  # type: ignore[no-any-return]


def _kept(step: Step, deployed: DeployedFlow, make: Callable[[Step, DeployedFlow], Any]) -> Any:
    return deployed.ready(step, lambda: make(step, deployed))


def _shown(step: Step) -> str:
    return step.kind if step.kind != "unknown" else step.activity_type or step.element
