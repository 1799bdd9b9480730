"""Request-reply, send, message end, content enricher and poll enrich: steps with a receiver adapter."""

from __future__ import annotations

import copy
from collections.abc import Callable

from lxml import etree

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions.simple import evaluated_text
from pytest_iflow.iflow_engine.failures import NotSupportedError, StepError
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.processing import Action, Processing
from pytest_iflow.iflow_engine.receivers.files import mail, poll_file, sftp
from pytest_iflow.iflow_engine.receivers.http import http, soap
from pytest_iflow.iflow_engine.receivers.odata import odata
from pytest_iflow.iflow_engine.receivers.systems import amqp, idoc, jdbc, rfc
from pytest_iflow.iflow_engine.steps.gather import concatenated, different_format
from pytest_iflow.iflow_model.flow import Adapter, Step

Send = Callable[[Adapter, Processing, Message], None]


def process_direct(adapter: Adapter, processing: Processing, message: Message) -> None:
    """Call the flow behind a ProcessDirect address; what it ends with is the message.

    Headers and attachments go there as far as that flow allows them, properties do not; all headers come
    back.
    """
    settings = processing.deployed.settings(adapter.properties)
    address = evaluated_text(settings.text("address"), processing.scope(message))
    reply = processing.tenant.call_flow(address, message, processing)
    message.headers.update(reply.headers)
    message.body = reply.body
    message.attachments = reply.attachments


def queue(adapter: Adapter, processing: Processing, message: Message) -> None:
    """Put a copy of the message into a JMS queue; properties go along where the adapter is set so."""
    settings = processing.deployed.settings(adapter.properties)
    name = evaluated_text(settings.text("QueueName_outbound"), processing.scope(message))
    copied = message.copy()
    if not settings.flag("TransferExchangeProperties"):
        copied.properties.clear()
    processing.budget.keep(len(message.body or ""))
    processing.transactions.send(lambda: processing.tenant.enqueue(name, copied, processing))


_OF_LOG = frozenset({"SAP_MessageProcessingLogID", "SAP_MplCorrelationId"})

RECEIVERS: dict[str, Send] = {
    "HTTP": http,
    "HCIOData": odata,
    "SOAP": soap,
    "ProcessDirect": process_direct,
    "JMS": queue,
    "Mail": mail,
    "SFTP": sftp,
    "SuccessFactors": odata,
    "JDBC": jdbc,
    "RFC": rfc,
    "IDOC": idoc,
    "AMQP": amqp,
    "AdvancedEventMesh": amqp,
}
"""Receiver adapters that are emulated, by SAP's ``ComponentType``."""


def send_by(adapter: Adapter, processing: Processing, message: Message) -> None:
    """Send by an adapter; raises NotSupportedError for one that is not emulated."""
    send = RECEIVERS.get(adapter.kind)
    if send is None:
        raise NotSupportedError(f"adapter not emulated: {adapter.kind}")
    send(adapter, processing, message)


def _one_adapter(step: Step, deployed: DeployedFlow) -> Adapter:
    adapters = deployed.receivers_of(step.id)
    if len(adapters) != 1:
        raise StepError(f"the step {step.name} has {len(adapters)} receivers; it needs one")
    return adapters[0]


def request_reply(step: Step, deployed: DeployedFlow) -> Action:
    """Return what sends the message and makes it the reply."""
    adapter = _one_adapter(step, deployed)
    return lambda processing, message: send_by(adapter, processing, message)


def send(step: Step, deployed: DeployedFlow) -> Action:
    """Return what sends a copy of the message; the message itself stays as it is."""
    adapter = _one_adapter(step, deployed)
    return lambda processing, message: send_by(adapter, processing, message.copy())


def message_end(step: Step, deployed: DeployedFlow) -> Action:
    """Return what sends the message to the receivers of an end event, one after the other."""
    adapters = deployed.receivers_of(step.id)

    def end(processing: Processing, message: Message) -> None:
        for number, adapter in enumerate(adapters, 1):
            send_by(adapter, processing, message if number == len(adapters) else message.copy())

    return end


def content_enricher(step: Step, deployed: DeployedFlow) -> Action:
    """Return what puts a receiver's answer into the message (SAP's page "Define Content Enricher")."""
    settings = deployed.settings(step.properties)
    adapter = _one_adapter(step, deployed)
    kind = settings.text("enrichmentType", "xmlLookupAggregation")
    if kind not in {"xmlLookupAggregation", "multiMappingAggregation"}:
        raise NotSupportedError(f"not supported by the local tenant: {step.name}, content enricher by {kind}")

    def enrich(processing: Processing, message: Message) -> None:
        lookup = message.copy()
        send_by(adapter, processing, lookup)
        if kind == "multiMappingAggregation":
            message.body = different_format([message, lookup])
            return
        root = copy.deepcopy(message.tree())
        by_key: dict[str, list[etree._Element]] = {}
        for node in _nodes(lookup.tree(), settings.text("resourceMessageNodePath")):
            key = node.findtext(settings.text("resourceMessageKeyElement")) or ""
            by_key.setdefault(key, []).append(node)
        for node in _nodes(root, settings.text("originalMessageNodePath")):
            key = node.findtext(settings.text("originalMessageKeyElement")) or ""
            for found in by_key.get(key, []) if key else []:
                node.append(copy.deepcopy(found))
        message.body = etree.tostring(root, encoding="unicode")

    return enrich


def _nodes(root: etree._Element, path: str) -> list[etree._Element]:
    """Return the elements at a path such as ``Categories/Category``, with the name of the root in it."""
    first, _, rest = path.strip("/").partition("/")
    if etree.QName(root).localname != first.rpartition(":")[2]:
        return []
    return root.findall(rest) if rest else [root]


def poll_enrich(step: Step, deployed: DeployedFlow) -> Action:
    """Return what reads a file of an SFTP server into the message (SAP's page "Define Poll Enrich").

    *Replace* leaves properties only of the original message, and the headers that belong to its log. Whether
    a file was found is a property for one page of SAP, a header for another one; it is both here.
    """
    settings = deployed.settings(step.properties)
    adapters = deployed.flow.adapters_of(step.id)
    algorithm = settings.text("aggregationAlgorithm", "UseLatest")
    if algorithm not in {"UseLatest", "concatenate-strategy"}:
        raise NotSupportedError(f"not supported by the local tenant: {step.name}, poll enrich by {algorithm}")
    if not adapters or "SFTP" not in adapters[0].kind:
        raise NotSupportedError(f"adapter not emulated: {adapters[0].kind if adapters else 'none'}")

    def poll(processing: Processing, message: Message) -> None:
        found = poll_file(adapters[0], processing, message)
        message.properties["SAP_PollEnrichMessageFound"] = found is not None
        if found is None:
            message.headers["SAP_PollEnrichMessageFound"] = False
            if settings.flag("stopOnNoMsgFound"):
                raise StepError(f"the step {step.name} found no file")
            return
        if algorithm == "UseLatest":
            message.body = found.body
            for name in [one for one in message.headers if one not in _OF_LOG]:
                del message.headers[name]
        else:
            message.body = concatenated([message, found])
        message.headers.update({**found.headers, "SAP_PollEnrichMessageFound": True})

    return poll
