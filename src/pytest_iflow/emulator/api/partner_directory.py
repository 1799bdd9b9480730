"""The partner directory: parameters of partners and the users that may act for them (wire-facts 5.9).

Keys and types are those of SAP's public metadata, methods and query options those of its OpenAPI.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from pytest_iflow.emulator.odata.changes import Changes, Rows, read_entity
from pytest_iflow.emulator.odata.edm import EdmType, Value
from pytest_iflow.emulator.odata.model import (
    EntitySet,
    EntityType,
    Model,
    ODataError,
    Property,
    columns,
    query_options,
)
from pytest_iflow.emulator.odata.resource_path import read_segments
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
# The lengths are those of SAP's OpenAPI; that the tenant counts characters is assumed.
_PARAMETER = (Property("Pid", longest=60), Property("Id", longest=1500))
STRING_PARAMETER = EntityType(
    "StringParameter",
    key=("Pid", "Id"),
    properties=(*_PARAMETER, *ADMINISTRATION, Property("Value", longest=4000)),
)
BINARY_PARAMETER = EntityType(
    "BinaryParameter",
    key=("Pid", "Id"),
    properties=(
        *_PARAMETER,
        *ADMINISTRATION,
        Property("ContentType", longest=300),
        Property("Value", EdmType.BINARY, longest=262_144),
    ),
)
AUTHORIZED_USER = EntityType(
    "AuthorizedUser",
    key=("User",),
    properties=(Property("User", longest=150), Property("Pid", longest=60), *ADMINISTRATION),
)


@dataclass(frozen=True, slots=True)
class Wording:
    """How the errors of a set call an entity, its table and its index; the columns that take no null."""

    entity: str
    table: str
    index: str
    required: Mapping[str, str]


# From the examples of SAP's OpenAPI. A string parameter has none for an update without a value.
WORDINGS = {
    "StringParameters": Wording(
        "String Parameter with partner ID {Pid} and parameter ID {Id}",
        "ITPD_STRING_PAS",
        "ITPD_STRING_PAS_PK",
        {},
    ),
    "BinaryParameters": Wording(
        "Binary Parameter with partner ID {Pid} and parameter ID {Id}",
        "ITPD_BINARY_PAS",
        "ITPD_BINARY_PAS_PK",
        {"ContentType": "CONTENT_TYPE", "Value": "VALUE"},
    ),
    "AuthorizedUsers": Wording(
        "Authorized User with user {User}",
        "ITPD_AUTHORIZED_USERS",
        "PK_ITPD_AUTHORIZED_USERS",
        {"Pid": "PID"},
    ),
}
PARTNER_SETS = (
    EntitySet("StringParameters", STRING_PARAMETER, options=OPTIONS, entity_options=OF_ONE),
    EntitySet("BinaryParameters", BINARY_PARAMETER, options=OPTIONS, entity_options=OF_ONE),
    EntitySet("AuthorizedUsers", AUTHORIZED_USER, options=OPTIONS, entity_options=OF_ONE),
)
PARTNER_NAMES = frozenset(each.name for each in PARTNER_SETS)


class PartnerDirectory:
    """Keeps the sets in tables of ``database``; ``service`` reads what was created."""

    def __init__(self, root: str, model: Model, database: sqlite3.Connection, service: ODataService) -> None:
        self._model = model
        self._rows = Rows(database)
        self._changes = Changes(root, model, database, service)
        for each in PARTNER_SETS:
            database.execute(_table(each))
            database.execute(_trigger(each))

    def make(self, call: ODataCall) -> WireAnswer:
        """Create, change or delete; raises ODataError, in the words of SAP's OpenAPI.

        PUT leaves alone what it does not name and what may be null (assumed). Nothing else can be changed
        here: SAP documents change sets of a batch for the partner directory only.
        """
        if call.path.partition("(")[0] not in PARTNER_NAMES:
            raise ODataError(HTTPStatus.NOT_IMPLEMENTED, "A batch can change the partner directory only.")
        if call.method not in METHODS:
            raise ODataError(HTTPStatus.METHOD_NOT_ALLOWED, f"The method {call.method} is not allowed here.")
        if call.method != "DELETE":
            self._require(call)
        method = "MERGE" if call.method == "PUT" else call.method
        answer, _ = self._changes.make(method, call.path, call.body, call.content_type, call.accept)
        return answer

    def _require(self, call: ODataCall) -> None:
        """Refuse what the tables of a tenant refuse: what is there already, and what has no value."""
        (segment,) = read_segments(call.path)
        entity_set = self._model.set(segment.name)
        values = read_entity(call.body, call.content_type, entity_set)
        wording, key = WORDINGS[entity_set.name], entity_set.type.key
        if call.method == "PUT":
            missing = next((each for each in wording.required if not values.get(each)), None)
            if missing:
                named = {name or key[0]: value for name, value in segment.key or ()}
                text = (
                    f"Problem during updating an entity: Updating {_named(wording, key, named)} failed: "
                    f"Attempt to insert NULL value into column '{wording.required[missing]}', "
                    f"table '{wording.table}'; column does not allow nulls. Update fails.\n"
                )
                raise ODataError(HTTPStatus.INTERNAL_SERVER_ERROR, text)
            return
        missing = next((each for each in (*key, *wording.required) if not values.get(each)), None)
        if missing:
            text = (
                f"Problem during creating an entity: The value of the property '{missing}' is missing "
                f"for the entity '{entity_set.type.name}'."
            )
            raise ODataError(HTTPStatus.INTERNAL_SERVER_ERROR, text)
        if self._rows.has(entity_set.name, {name: values[name] for name in key}):
            text = (
                f"Problem during creating an entity: Inserting {_named(wording, key, values)} failed: "
                f"Attempt to insert duplicate key row in object '{wording.table}' with unique index "
                f"'{wording.index}'\n"
            )
            raise ODataError(HTTPStatus.INTERNAL_SERVER_ERROR, text)


def _named(wording: Wording, key: tuple[str, ...], values: Mapping[str, Value]) -> str:
    return wording.entity.format(**{name: values.get(name, "") for name in key})


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
