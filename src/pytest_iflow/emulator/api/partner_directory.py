"""The partner directory: parameters of partners and the users that may act for them (wire-facts 5.9).

Keys and types are those of SAP's public metadata, methods and query options those of its OpenAPI.
"""

from __future__ import annotations

import sqlite3
from http import HTTPStatus

from pytest_iflow.emulator.odata.changes import Changes
from pytest_iflow.emulator.odata.edm import EdmType
from pytest_iflow.emulator.odata.model import (
    EntitySet,
    EntityType,
    Model,
    ODataError,
    Property,
    columns,
    query_options,
    strings,
)
from pytest_iflow.emulator.odata.service import ODataCall, ODataService
from pytest_iflow.emulator.wire_answer import WireAnswer

OPTIONS = query_options("top skip filter orderby select")
OF_ONE = query_options("select")
METHODS = frozenset({"POST", "PUT", "DELETE"})
USER = "local-tenant"
NOW = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
ADMINISTRATION = (
    Property("LastModifiedBy"),
    Property("LastModifiedTime", EdmType.DATE_TIME),
    Property("CreatedBy"),
    Property("CreatedTime", EdmType.DATE_TIME),
)
STRING_PARAMETER = EntityType(
    "StringParameter",
    key=("Pid", "Id"),
    properties=(*strings("Pid Id"), *ADMINISTRATION, Property("Value")),
)
BINARY_PARAMETER = EntityType(
    "BinaryParameter",
    key=("Pid", "Id"),
    properties=(
        *strings("Pid Id"),
        *ADMINISTRATION,
        Property("ContentType"),
        Property("Value", EdmType.BINARY),
    ),
)
AUTHORIZED_USER = EntityType(
    "AuthorizedUser", key=("User",), properties=(*strings("User Pid"), *ADMINISTRATION)
)
PARTNER_SETS = (
    EntitySet("StringParameters", STRING_PARAMETER, options=OPTIONS, entity_options=OF_ONE),
    EntitySet("BinaryParameters", BINARY_PARAMETER, options=OPTIONS, entity_options=OF_ONE),
    EntitySet("AuthorizedUsers", AUTHORIZED_USER, options=OPTIONS, entity_options=OF_ONE),
)
PARTNER_NAMES = frozenset(each.name for each in PARTNER_SETS)


class PartnerDirectory:
    """Keeps the sets in tables of ``database``; ``service`` reads what was created."""

    def __init__(self, root: str, model: Model, database: sqlite3.Connection, service: ODataService) -> None:
        self._changes = Changes(root, model, database, service)
        for each in PARTNER_SETS:
            database.execute(_table(each))
            database.execute(_trigger(each))

    def make(self, call: ODataCall) -> WireAnswer:
        """Create, change or delete; raises ODataError. PUT leaves alone what it does not name (assumed).

        Nothing else can be changed here: SAP documents change sets of a batch for the partner directory only.
        """
        if call.path.partition("(")[0] not in PARTNER_NAMES:
            raise ODataError(HTTPStatus.NOT_IMPLEMENTED, "A batch can change the partner directory only.")
        if call.method not in METHODS:
            raise ODataError(HTTPStatus.METHOD_NOT_ALLOWED, f"The method {call.method} is not allowed here.")
        method = "MERGE" if call.method == "PUT" else call.method
        answer, _ = self._changes.make(method, call.path, call.body, call.content_type, call.accept)
        return answer


def _table(entity_set: EntitySet) -> str:
    defaults = {
        "LastModifiedBy": f"DEFAULT '{USER}'",
        "CreatedBy": f"DEFAULT '{USER}'",
        "LastModifiedTime": f"DEFAULT ({NOW})",
        "CreatedTime": f"DEFAULT ({NOW})",
    }
    names = [f'"{name}" {defaults.get(name, "")}' for name in columns(entity_set.type)]
    key = ", ".join(f'"{name}"' for name in entity_set.type.key)
    return f'CREATE TABLE IF NOT EXISTS "{entity_set.name}" ({", ".join(names)}, PRIMARY KEY ({key}))'


def _trigger(entity_set: EntitySet) -> str:
    """Return the statement that keeps the time of the last change."""
    name = f'"{entity_set.name}"'
    change = f"UPDATE {name} SET LastModifiedTime = {NOW} WHERE rowid = new.rowid"  # noqa: S608 - names above
    return (
        f'CREATE TRIGGER IF NOT EXISTS "{entity_set.name}Changed" AFTER UPDATE ON {name} BEGIN {change}; END'
    )
