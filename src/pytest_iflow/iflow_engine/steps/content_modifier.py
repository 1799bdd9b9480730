"""Content modifier (SAP's page "Define Content Modifier").

Headers come first, then properties, then the body, each from top to bottom; that order is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions import xpath
from pytest_iflow.iflow_engine.expressions.simple import evaluated, evaluated_text
from pytest_iflow.iflow_engine.expressions.simple_functions import Scope, typed
from pytest_iflow.iflow_engine.failures import NotSupportedError, StepError
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.processing import Action, Processing
from pytest_iflow.iflow_engine.settings import Settings
from pytest_iflow.iflow_engine.stores import GLOBAL
from pytest_iflow.iflow_model.flow import Step

_OLD = re.compile(r"(\w+):=:(.*?):;", re.DOTALL)
_NULL = "${null}"


class Assignment(Struct, frozen=True):
    """One row: what is written or deleted, and where its value comes from."""

    name: str
    action: str
    source: str
    value: str
    data_type: str = ""
    default: str = ""


def content_modifier(step: Step, deployed: DeployedFlow) -> Action:
    """Return what changes headers, properties and body by the settings of a step."""
    settings = deployed.settings(step.properties)
    headers = [*assignments(settings, "headerTable", "HEADER")]
    properties = [*assignments(settings, "propertyTable", "property")]
    body_type = settings.text("bodyType", "constant")
    body = settings.text("wrapContent")

    def modify(processing: Processing, message: Message) -> None:
        scope = processing.scope(message, step)
        for one in headers:
            if one.action == "delete":
                for name in _names(one.name, list(message.headers)):
                    message.headers.pop(name, None)
            else:
                message.headers[evaluated_text(one.name, scope)] = value_of(one, processing, scope)
        for one in properties:
            if one.action == "delete":
                for name in _names(one.name, list(message.properties)):
                    message.properties.pop(name, None)
            else:
                set_property(message, evaluated_text(one.name, scope), value_of(one, processing, scope))
        if body:
            message.body = _body(body, body_type, scope)

    return modify


def set_property(message: Message, name: str, value: object) -> None:
    """Set a property; null takes it away, as Camel's exchange does."""
    if value is None:
        message.properties.pop(name, None)
    else:
        message.properties[name] = value


def _body(body: str, body_type: str, scope: Scope) -> str | None:
    if body_type == "constant":
        return body
    if body.strip() == _NULL:
        return None
    return evaluated_text(body, scope)


def assignments(settings: Settings, table: str, older: str) -> Iterator[Assignment]:
    """Yield the rows of a table, and those of versions that kept each row as a property."""
    for row in settings.rows(table):
        if row.get("Name"):
            yield Assignment(
                row["Name"],
                (row.get("Action") or "create").lower(),
                (row.get("Type") or "constant").lower(),
                row.get("Value", ""),
                row.get("Datatype", ""),
                row.get("Default", ""),
            )
    for text in settings.numbered(older):
        held = dict(_OLD.findall(text + ":;"))
        if held.get("Name"):
            yield Assignment(
                held["Name"],
                "create",
                held.get("Type", "constant").lower(),
                held.get("Value", ""),
                held.get("Datatype", "").lstrip(":"),
                held.get("Default", ""),
            )


def value_of(one: Assignment, processing: Processing, scope: Scope) -> object:
    """Return the value of a row; raises StepError or NotSupportedError."""
    message, stores = scope.message, processing.tenant.stores
    match one.source:
        case "constant" | "external parameter":
            value: object = one.value
        case "expression":
            value = evaluated(one.value, scope)
        case "header":
            value = message.headers.get(evaluated_text(one.value, scope))
        case "property":
            value = message.properties.get(evaluated_text(one.value, scope))
        case "xpath":
            value = xpath.found_text(one.value, scope)
        case "persisted variables" | "local variable":
            value = _variable(one, stores.variable(evaluated_text(one.value, scope), processing.deployed.id))
        case "global persisted variables" | "global variable":
            value = _variable(one, stores.variable(evaluated_text(one.value, scope), GLOBAL))
        case "numberrange" | "number range":
            value = stores.next_number(evaluated_text(one.value, scope).partition(":")[0])
        case _:
            raise NotSupportedError(
                f"not supported by the local tenant: content modifier, source {one.source}"
            )
    return typed(value, one.data_type) if one.data_type and value is not None else value


def _variable(one: Assignment, value: str | None) -> str:
    """Return a variable, else its default; without either the message fails, as SAP documents."""
    if value is not None:
        return value
    if not one.default:
        raise StepError(
            f"the variable {one.value} was never written, and has no default",
            "com.sap.it.rt.VariableException",
        )
    return one.default


def _names(pattern: str, known: list[str]) -> list[str]:
    """Return the names that a row deletes: the one, or with ``*`` those that it stands for."""
    if "*" not in pattern:
        return [pattern]
    wanted = re.compile(re.escape(pattern).replace(r"\*", ".*"), re.IGNORECASE)
    return [name for name in known if wanted.fullmatch(name)]
