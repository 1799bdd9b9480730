"""Data store operations, write variables, and persist.

SAP's pages "Define Data Store … Operations", "Define Write Variables", "Persist Messages".
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions import xpath
from pytest_iflow.iflow_engine.expressions.ognl import as_text
from pytest_iflow.iflow_engine.expressions.simple import evaluated_text
from pytest_iflow.iflow_engine.expressions.simple_functions import Scope
from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.processing import Action, Processing
from pytest_iflow.iflow_engine.settings import Settings, whole_number
from pytest_iflow.iflow_engine.steps.content_modifier import Assignment, value_of
from pytest_iflow.iflow_engine.stores import GLOBAL, Entry, expiry, new_id
from pytest_iflow.iflow_model.flow import Step

ID_HEADER = "SapDataStoreId"
_XPATH = re.compile(r"\$\{xpath\.(?P<path>.*)\}", re.DOTALL)
_NOT_STORED = re.compile(r"(?:Camel|SAP_)", re.IGNORECASE)
_EXPIRES_IN = 30


def _values(expression: str, scope: Scope) -> list[str]:
    """Return what an entry id says: of an XPath each value, else one; none where it is empty."""
    if found := _XPATH.fullmatch(expression.strip()):
        nodes = xpath.found_by(found["path"], scope)
        if isinstance(nodes, list):
            return [xpath.text_of_node(node) for node in nodes]
        return [xpath.text_of(nodes)]
    text = evaluated_text(expression, scope)
    return [text] if text else []


def _store(settings: Settings, processing: Processing, scope: Scope) -> tuple[str, str]:
    """Return name and owner of the data store."""
    name = evaluated_text(settings.text("storageName"), scope)
    return name, GLOBAL if settings.text("visibility", "local") == "global" else processing.deployed.id


def data_store_write(step: Step, deployed: DeployedFlow) -> Action:
    """Return what writes the message into a data store."""
    settings = deployed.settings(step.properties)

    def write(processing: Processing, message: Message) -> None:
        scope = processing.scope(message, step)
        store, owner = _store(settings, processing, scope)
        ids = _values(settings.text("messageId"), scope) or [
            as_text(message.headers.get(ID_HEADER)) or new_id()
        ]
        headers = {}
        if settings.flag("includeMessageHeaders"):
            kept = {name: value for name, value in message.headers.items() if not _NOT_STORED.match(name)}
            headers = {name: as_text(value) for name, value in kept.items()}
        now = processing.tenant.now()
        days = whole_number(settings.text("expire"), _EXPIRES_IN, "the expiration period")
        body = message.body if message.body is not None else ""
        entry = Entry(store, owner, ids[0], body, headers, processing.run.mpl_id, now, expiry(now, days))
        undo = processing.tenant.stores.write(entry, overwrite=settings.flag("override"))
        processing.transactions.note_change(undo)
        message.headers[ID_HEADER] = ids[0]

    return write


def data_store_get(step: Step, deployed: DeployedFlow) -> Action:
    """Return what reads an entry of a data store into the body."""
    settings = deployed.settings(step.properties)

    def get(processing: Processing, message: Message) -> None:
        scope = processing.scope(message, step)
        store, owner = _store(settings, processing, scope)
        ids = _values(settings.text("dataStoreId"), scope) or [as_text(message.headers.get(ID_HEADER))]
        entry = processing.tenant.stores.get(store, owner, ids[0])
        message.headers["SAP_DatastoreEntryFound"] = "true" if entry else "false"
        if entry is None:
            if settings.flag("stopOnMissingEntry", default=True):
                raise StepError(
                    f"no entry with the ID {ids[0]} in the data store {store}",
                    "com.sap.esb.datastore.EntryNotFoundException",
                )
            return
        message.body = entry.body
        message.headers.update(entry.headers)
        message.headers[ID_HEADER] = entry.id
        message.headers["SAP_DataStoreCreatedAt"] = entry.created.isoformat()
        message.headers["SAP_DataStoreExpiresAt"] = entry.expires.isoformat()
        if settings.flag("delete"):
            processing.after_success.append(lambda: processing.tenant.stores.delete(store, owner, entry.id))

    return get


def data_store_select(step: Step, deployed: DeployedFlow) -> Action:
    """Return what reads entries of a data store into one XML body."""
    settings = deployed.settings(step.properties)

    def select(processing: Processing, message: Message) -> None:
        scope = processing.scope(message, step)
        store, owner = _store(settings, processing, scope)
        said = as_text(message.headers.get("SapDataStoreMaxResults")) or "".join(
            _values(settings.text("maxresults"), scope)[:1]
        )
        most = whole_number(said, 1, "the number of polled messages")
        entries = processing.tenant.stores.select(store, owner, most)
        held = "".join(f'<message id="{_escaped(entry.id)}">{_xml_of(entry)}</message>' for entry in entries)
        message.body = f'<?xml version="1.0" encoding="UTF-8"?><messages>{held}</messages>'
        if settings.flag("delete"):
            for entry in entries:
                processing.after_success.append(_deletion(processing, entry))

    return select


def _deletion(processing: Processing, entry: Entry) -> Callable[[], object]:
    return lambda: processing.tenant.stores.delete(entry.store, entry.owner, entry.id)


def _xml_of(entry: Entry) -> str:
    """Return the XML of an entry; a select reads XML only, on a tenant as well."""
    return etree.tostring(Message(entry.body).tree(), encoding="unicode", with_tail=False)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def data_store_delete(step: Step, deployed: DeployedFlow) -> Action:
    """Return what deletes entries; without an id the header says it, and else the body."""
    settings = deployed.settings(step.properties)

    def delete(processing: Processing, message: Message) -> None:
        scope = processing.scope(message, step)
        store, owner = _store(settings, processing, scope)
        ids = _values(settings.text("dataStoreId") or settings.text("messageId"), scope)
        for own_id in ids or [as_text(message.headers.get(ID_HEADER)) or message.text()]:
            processing.transactions.note_change(processing.tenant.stores.delete(store, owner, own_id))

    return delete


def write_variables(step: Step, deployed: DeployedFlow) -> Action:
    """Return what writes variables: rows of name, data type, source, value, and ``global`` or ``local``."""
    settings = deployed.settings(step.properties)

    def write(processing: Processing, message: Message) -> None:
        scope = processing.scope(message, step)
        for row in settings.cells("variable"):
            name, data_type, source, value, visibility = (*row, *[""] * 5)[:5]
            assignment = Assignment(name, "create", source.lower(), value, data_type)
            owner = GLOBAL if visibility == "global" else deployed.id
            text = as_text(value_of(assignment, processing, scope))
            undo = processing.tenant.stores.set_variable(evaluated_text(name, scope), owner, text)
            processing.transactions.note_change(undo)

    return write


def persist(step: Step, deployed: DeployedFlow) -> Action:
    """Return what keeps the body, for whoever reads the message store after the run."""
    name = deployed.settings(step.properties).text("stepid", step.id)

    def keep(processing: Processing, message: Message) -> None:
        processing.budget.keep(len(message.body or ""))
        processing.run.persisted.append((name, message.body))

    return keep
