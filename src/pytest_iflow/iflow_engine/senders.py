"""Sender adapters by which a flow is called or started, and the headers that they give a message."""

from __future__ import annotations

from collections.abc import Callable
from posixpath import basename, dirname, join

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions.ognl import as_text
from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.message import BodyError, Message
from pytest_iflow.iflow_engine.settings import Settings
from pytest_iflow.iflow_model.flow import Adapter, Step

AMQP = "amqp:"
"""What stands ahead of an AMQP queue or topic among the queues of the local tenant."""

FILE_NAME = "CamelFileName"
_PATTERN = frozenset("*?|,[]()$")
_IDOC_FIELDS = {"SapIDocType": "IDOCTYP", "SapIDocTransferId": "DOCNUM"}


def is_pattern(name: str) -> bool:
    """Tell whether the file name of an adapter stands for several names."""
    return bool(_PATTERN & set(name))


def _of_file(message: Message, settings: Settings) -> None:
    """Headers of a file: its name is the one that the message has, else that of the adapter.

    Their meaning is that of Camel's file component, of which SAP documents three.
    """
    named = as_text(message.headers.get(FILE_NAME))
    if not named:
        of_adapter = settings.text("fileName")
        named = "file" if not of_adapter or is_pattern(of_adapter) else of_adapter
    folder = settings.text("path")
    message.headers[FILE_NAME] = named
    message.headers["CamelFileNameOnly"] = basename(named)
    message.headers["CamelFileRelativePath"] = named
    message.headers["CamelFilePath"] = message.headers["CamelFileAbsolutePath"] = join(folder, named)
    message.headers["CamelFileParent"] = dirname(join(folder, named))
    message.headers["CamelFileLength"] = len(message.binary())


def _of_idoc(message: Message, _settings: Settings) -> None:
    """Type and number of an IDoc, of its control record (SAP's page "Configure the IDoc Sender Adapter")."""
    try:
        control = next(message.tree().iter("EDI_DC40"), None)
    except BodyError:
        return
    for header, field in _IDOC_FIELDS.items():
        if control is not None and (value := control.findtext(field)):
            message.headers.setdefault(header, value)


def _nothing(_message: Message, _settings: Settings) -> None:
    """Leave the message as it came."""


SENDERS: dict[str, Callable[[Message, Settings], None]] = {
    "HTTPS": _nothing,
    "SOAP": _nothing,
    "ProcessDirect": _nothing,
    "JMS": _nothing,
    "DataStoreConsumer": _nothing,
    "AMQP": _nothing,
    "AdvancedEventMesh": _nothing,
    "PollingSFTP": _nothing,
    "Mail": _nothing,
    "SFTP": _of_file,
    "IDOC": _of_idoc,
}
"""Sender adapters by which a flow is called or started, and that of a poll enrich; a timer is none."""

_BROKERS = {"AMQP": "destinationName", "AdvancedEventMesh": "queueName"}
"""Where senders of message brokers say what they read."""


def set_headers(message: Message, deployed: DeployedFlow, start: Step) -> None:
    """Set the headers of the adapter by which a message comes to a start event."""
    for adapter in deployed.flow.senders():
        if adapter.step == start.id and adapter.kind in SENDERS:
            SENDERS[adapter.kind](message, deployed.settings(adapter.properties))


def queue_read_by(adapter: Adapter, deployed: DeployedFlow) -> str:
    """Return the queue of the local tenant from which a sender adapter reads.

    Empty for none, and where its name is a parameter without a value.
    """
    settings = deployed.settings(adapter.properties)
    try:
        if adapter.kind in _BROKERS:
            return AMQP + settings.text(_BROKERS[adapter.kind])
        return settings.text("QueueName_inbound") if adapter.kind == "JMS" else ""
    except StepError:
        return ""
