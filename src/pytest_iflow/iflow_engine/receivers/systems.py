"""Receivers that speak no HTTP of their own here: JDBC, RFC, IDoc and AMQP.

Whoever runs the engine answers in place of the database or the ABAP system. It is sent what the flow sends,
SQL or XML, at an address such as ``jdbc://ALIAS`` or ``rfc://DESTINATION/FUNCTION`` (assumed: a tenant has no
such address), and its answer is what the adapter would have made of rows or parameters.
"""

from __future__ import annotations

from urllib.parse import quote

from lxml import etree

from pytest_iflow.iflow_engine.expressions.simple import evaluated_text
from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.message import BodyError, Headers, Message, parsed_xml
from pytest_iflow.iflow_engine.processing import Processing
from pytest_iflow.iflow_engine.receivers.http import failed_request, is_success, outgoing, sent_headers
from pytest_iflow.iflow_engine.receivers.receivers import Answer, Delivery
from pytest_iflow.iflow_engine.senders import AMQP
from pytest_iflow.iflow_model.flow import Adapter

SQL_ERROR = "java.sql.SQLException"
RFC_ERROR = "com.sap.conn.jco.AbapException"
IDOC_ERROR = "org.apache.cxf.transport.http.HTTPException"


def jdbc(adapter: Adapter, processing: Processing, message: Message) -> None:
    """Send SQL, or XML in SAP's *XML SQL Format*, to a data source; the answer is the result in XML.

    Raises StepError for an answer with a status that is no success, as for a failed statement (assumed).
    """
    settings = processing.deployed.settings(adapter.properties)
    alias = evaluated_text(settings.text("alias"), processing.scope(message))
    answer = _exchanged(adapter, processing, f"jdbc://{quote(alias)}", message.binary(), SQL_ERROR)
    message.body = answer.body


def rfc(adapter: Adapter, processing: Processing, message: Message) -> None:
    """Call the function module that the root of the body names; its answer is XML.

    SAP's page is "RFC Receiver Adapter". ``_-`` in the name stands for a slash. Raises StepError for an
    answer that is no success (assumed).
    """
    settings = processing.deployed.settings(adapter.properties)
    destination = evaluated_text(settings.text("destination"), processing.scope(message))
    function = etree.QName(message.tree()).localname.replace("_-", "/")
    address = f"rfc://{quote(destination)}/{quote(function, safe='')}"
    message.body = _exchanged(adapter, processing, address, message.binary(), RFC_ERROR).body


def _exchanged(adapter: Adapter, processing: Processing, address: str, body: bytes, error: str) -> Answer:
    request = outgoing(adapter, processing, "POST", address, Headers(), body)
    answer = processing.tenant.receivers.answer(request)
    if not is_success(answer.status):
        words = answer.body.decode("utf-8", "replace").strip() or f"{adapter.kind} call of {address} failed"
        raise StepError(words, error, status_code=answer.status, response_body=answer.body)
    return answer


def idoc(adapter: Adapter, processing: Processing, message: Message) -> None:
    """Send an IDoc; its answer is XML, from which ``SapIDocDbId`` comes.

    SAP's page is "Configure the IDoc Receiver Adapter". That the number stands in an element ``DbId`` is
    assumed.
    """
    settings = processing.deployed.settings(adapter.properties)
    scope = processing.scope(message)
    headers = sent_headers(message, "SOAPAction" if settings.flag("cleanupHeaders") else None)
    headers["Content-Type"] = settings.text("IDocContentType", "application/x-sap.idoc")
    address = evaluated_text(settings.text("address"), scope)
    credential = evaluated_text(settings.text("credentialName"), scope)
    request = outgoing(adapter, processing, "POST", address, headers, message.binary(), credential)
    answer = processing.tenant.receivers.answer(request)
    if not is_success(answer.status):
        raise failed_request(request, answer, IDOC_ERROR)
    message.body = answer.body
    if settings.flag("sendHttpResponseCode"):
        message.headers["CamelHttpResponseCode"] = answer.status
    try:
        numbers = parsed_xml(answer.body).iter("{*}DbId")
    except BodyError:
        return
    if (number := next(numbers, None)) is not None:
        message.headers["SapIDocDbId"] = number.text


def amqp(adapter: Adapter, processing: Processing, message: Message) -> None:
    """Send to a queue or topic of a message broker; the message stays as it is.

    The scenario finds it as it finds a file, and a flow of the local tenant that reads from there takes it.
    """
    settings = processing.deployed.settings(adapter.properties)
    scope = processing.scope(message)
    name = evaluated_text(settings.text("destinationName"), scope)
    host = evaluated_text(settings.text("host"), scope)
    copied = message.copy()
    copied.properties.clear()
    delivery = Delivery(
        processing.deployed.receiver_name(adapter),
        adapter.kind,
        processing.deployed.id,
        adapter.step,
        name,
        processing.exchange_id,
        message.binary(),
        {"host": host, "type": settings.text("destinationType", "queue")},
    )

    processing.budget.keep(len(message.body or ""))
    processing.tenant.receivers.deliver(delivery)
    processing.tenant.enqueue(AMQP + name, copied, processing)
