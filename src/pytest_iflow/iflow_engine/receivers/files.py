"""Mail and SFTP receivers: what they send is kept in folders; and files that a step polls."""

from __future__ import annotations

from pytest_iflow.iflow_engine.expressions.ognl import as_text
from pytest_iflow.iflow_engine.expressions.simple import evaluated_text
from pytest_iflow.iflow_engine.expressions.simple_functions import Scope
from pytest_iflow.iflow_engine.message import Headers, Message
from pytest_iflow.iflow_engine.processing import Processing
from pytest_iflow.iflow_engine.receivers.http import outgoing
from pytest_iflow.iflow_engine.receivers.receivers import Delivery
from pytest_iflow.iflow_engine.senders import FILE_NAME, SENDERS, is_pattern
from pytest_iflow.iflow_engine.settings import Settings
from pytest_iflow.iflow_model.flow import Adapter

_MAIL = ("from", "to", "cc", "bcc", "subject", "server", "content_type")
_OVERRIDES = {"from": "From", "to": "To", "cc": "Cc", "bcc": "Bcc", "subject": "Subject"}


def mail(adapter: Adapter, processing: Processing, message: Message) -> None:
    """Deliver a mail; its mailbox is the addressee. The message stays as it is.

    Headers ``To``, ``Subject`` and their like stand for what the adapter leaves empty.
    """
    settings = processing.deployed.settings(adapter.properties)
    scope = processing.scope(message)
    attributes = {name: evaluated_text(settings.text(name), scope) for name in _MAIL}
    for name, header in _OVERRIDES.items():
        attributes[name] = attributes[name] or as_text(message.headers.get(header))
    body = evaluated_text(settings.text("body", "${in.body}"), scope)
    processing.tenant.receivers.deliver(
        Delivery(
            processing.deployed.receiver_name(adapter),
            adapter.kind,
            processing.deployed.id,
            adapter.step,
            attributes["to"],
            attributes["subject"],
            body.encode(settings.text("content_encoding", "UTF-8"), "replace"),
            attributes,
            tuple(message.attachments.values()) if settings.flag("keep_attachments") else (),
        )
    )


def sftp(adapter: Adapter, processing: Processing, message: Message) -> None:
    """Deliver a file; the message stays as it is."""
    settings = processing.deployed.settings(adapter.properties)
    scope = processing.scope(message)
    folder, name = _place(settings, scope, processing)
    message.headers[FILE_NAME] = name
    processing.tenant.receivers.deliver(
        Delivery(
            processing.deployed.receiver_name(adapter),
            adapter.kind,
            processing.deployed.id,
            adapter.step,
            folder,
            name,
            message.binary(),
            {
                "host": evaluated_text(settings.text("host"), scope),
                "existing file": settings.text("fileExist", "Override"),
            },
        )
    )


def poll_file(adapter: Adapter, processing: Processing, message: Message) -> Message | None:
    """Return the file that the adapter of a poll enrich finds, with its headers; None where there is none."""
    settings = processing.deployed.settings(adapter.properties)
    scope = processing.scope(message)
    folder, name = _place(settings, scope, processing)
    host = evaluated_text(settings.text("host"), scope)
    address = f"sftp://{host}/{'/'.join(filter(None, (folder.strip('/'), name)))}"
    request = outgoing(adapter, processing, "GET", address, Headers(), b"")
    content = processing.tenant.receivers.fetch(request, folder, name)
    if content is None:
        return None
    found = Message(content, {} if is_pattern(name) else {FILE_NAME: name})
    SENDERS["SFTP"](found, settings)
    return found


def _place(settings: Settings, scope: Scope, processing: Processing) -> tuple[str, str]:
    """Return folder and name: of the adapter, else ``CamelFileName``, else the exchange id."""
    folder = evaluated_text(settings.text("path"), scope)
    named = evaluated_text(settings.text("fileName"), scope)
    return folder, named or as_text(scope.message.headers.get(FILE_NAME)) or processing.exchange_id
