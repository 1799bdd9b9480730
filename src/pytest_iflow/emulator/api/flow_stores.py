"""What the steps of flows keep, as the API shows and changes it: data stores, variables, number ranges.

Sets and statuses are those of SAP's OpenAPI (wire-facts 5.8). What is shown is written into the tables of
the sets when somebody asks for it.
"""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from pytest_iflow.emulator.api.packages import USER
from pytest_iflow.emulator.odata.changes import Rows, read_entity, string_key
from pytest_iflow.emulator.odata.edm import Value
from pytest_iflow.emulator.odata.filter import ROOT_ALIAS, TRUE, Sql, all_of
from pytest_iflow.emulator.odata.model import Model, ODataError, not_offered
from pytest_iflow.emulator.odata.resource_path import Segment, entity_not_found
from pytest_iflow.emulator.odata.service import ODataCall, without_body
from pytest_iflow.emulator.wire_answer import WireAnswer

if TYPE_CHECKING:
    from pytest_iflow.iflow_engine.stores import Stores

MILLISECONDS = 1000
STORES, ENTRIES, VARIABLES, RANGES = "DataStores", "DataStoreEntries", "Variables", "NumberRanges"
KEPT_BY_FLOWS = frozenset({STORES, ENTRIES, VARIABLES, RANGES})
OVERDUE = "Overdue"
# SAP's defaults for the steps that write them: retention threshold for alerting, expiration of a variable.
DUE_AFTER = timedelta(days=2)
VARIABLE_KEPT = timedelta(days=400)
# SAP's "Managing Number Ranges": the most digits of a maximum and of the length of a field.
MOST_DIGITS = 14
RANGE_NUMBERS = ("MinValue", "MaxValue", "CurrentValue", "FieldLength")
# That a range without one of them is refused is assumed: "You have to provide all attributes".
RANGE_PROPERTIES = ("Name", *RANGE_NUMBERS, "Rotate")
CONTENT_TYPE = "application/octet-stream"


class FlowStores:
    """Keeps the tables of the sets in ``KEPT_BY_FLOWS``; ``stores`` is what steps keep."""

    def __init__(self, model: Model, database: sqlite3.Connection, stores: Callable[[], Stores]) -> None:
        self._model = model
        self._rows = Rows(database)
        self._stores = stores

    def make(self, call: ODataCall, path: list[Segment]) -> WireAnswer:
        """Delete, or deploy a number range; raises ODataError."""
        segment = path[0]
        entity_set = self._model.set(segment.name)
        match call.method, segment.key is not None, [each.name for each in path]:
            case "POST", False, ["NumberRanges"]:
                values = read_entity(call.body, call.content_type, entity_set)
                if self._rows.has(RANGES, {"Name": values.get("Name")}):
                    # Status and text are those of user credentials (assumed).
                    raise ODataError(HTTPStatus.CONFLICT, "Entity with specified name already exists.")
                self._deploy_range(values)
            case "PUT", True, ["NumberRanges"]:
                key, values = (
                    string_key(entity_set, segment),
                    read_entity(call.body, call.content_type, entity_set),
                )
                if values.get("Name") != key["Name"]:
                    text = "Entity key specified in URI does not match to name from payload."
                    raise ODataError(HTTPStatus.BAD_REQUEST, text)
                if not self._rows.has(RANGES, key):
                    raise entity_not_found(entity_set)
                self._deploy_range(values)
            case "DELETE", True, [_]:
                key = string_key(entity_set, segment)
                if not self._rows.delete(segment.name, key):
                    raise entity_not_found(entity_set)
                self._forget(segment.name, key)
            case _:
                raise not_offered()
        return without_body(HTTPStatus.ACCEPTED)

    def _deploy_range(self, values: Mapping[str, Value]) -> None:
        missing = next((name for name in RANGE_PROPERTIES if values.get(name) in {None, ""}), None)
        if missing:
            raise ODataError(HTTPStatus.BAD_REQUEST, f"Property '{missing}' must not be null.")
        texts = {name: str(values[name]) for name in RANGE_NUMBERS}
        if not all(text.isascii() and text.isdigit() for text in texts.values()):
            raise ODataError(HTTPStatus.BAD_REQUEST, "The values of a number range are whole numbers.")
        smallest, largest, following, length = (int(texts[name]) for name in RANGE_NUMBERS)
        fits = length <= MOST_DIGITS and (not length or len(str(largest)) <= length)
        if not smallest <= following <= largest < 10**MOST_DIGITS or not fits:
            text = "Minimum, current and maximum value or the field length of the number range do not fit."
            raise ODataError(HTTPStatus.BAD_REQUEST, text)
        name = str(values["Name"])
        rotate = str(values["Rotate"]).lower() == "true"
        self._stores().define_range(name, smallest, largest, length, rotate=rotate, following=following)
        told = {
            "Description": values.get("Description"),
            "DeployedBy": USER,
            "DeployedOn": round(time.time() * MILLISECONDS),
        }
        self._rows.put(RANGES, {"Name": name}, told)

    def _forget(self, table: str, key: Mapping[str, str]) -> None:
        """Have the steps of flows forget what was deleted."""
        stores = self._stores()
        match table:
            case "DataStores":
                for each in stores.entries():
                    if (each.store, each.owner) == (key["DataStoreName"], key["IntegrationFlow"]):
                        stores.delete(each.store, each.owner, each.id)
            case "DataStoreEntries":
                stores.delete(key["DataStoreName"], key["IntegrationFlow"], key["Id"])
            case "Variables":
                stores.set_variable(key["VariableName"], key["IntegrationFlow"], None)
            case _:
                stores.remove_range(key["Name"])

    def prepare(self) -> None:
        """Write what the steps of flows keep by now."""
        self._refresh_stores(datetime.now(UTC))
        self._rows.delete(VARIABLES, {})
        for each in self._stores().variables():
            self._rows.insert(
                VARIABLES,
                {
                    "VariableName": each.name,
                    "IntegrationFlow": each.owner,
                    "Visibility": _visibility(each.owner),
                    "UpdatedAt": _moment(each.updated),
                    "RetainUntil": _moment(each.updated + VARIABLE_KEPT),
                    "$value": each.value,
                    "$type": CONTENT_TYPE,
                },
            )
        for kept in self._stores().ranges():
            is_last = kept.rotate and kept.current >= kept.largest
            following = kept.smallest if is_last else kept.current + 1
            shown = {
                "MaxValue": str(kept.largest).zfill(kept.length),
                "MinValue": str(kept.smallest).zfill(kept.length),
                "Rotate": "true" if kept.rotate else "false",
                # SAP's "Managing Number Ranges": the API calls the next value the current one.
                "CurrentValue": str(following).zfill(kept.length),
                "FieldLength": str(kept.length),
            }
            self._rows.put(RANGES, {"Name": kept.name}, shown)

    def _refresh_stores(self, now: datetime) -> None:
        self._rows.delete(STORES, {})
        self._rows.delete(ENTRIES, {})
        overdue: dict[tuple[str, str], list[bool]] = defaultdict(list)
        for each in self._stores().entries():
            due = each.created + DUE_AFTER
            overdue[each.store, each.owner].append(due < now)
            self._rows.insert(
                ENTRIES,
                {
                    "Id": each.id,
                    "DataStoreName": each.store,
                    "IntegrationFlow": each.owner,
                    "Type": "",
                    "Status": OVERDUE if due < now else "Waiting",
                    "MessageId": each.message,
                    "DueAt": _moment(due),
                    "CreatedAt": _moment(each.created),
                    "RetainUntil": _moment(each.expires),
                    "$value": each.body,
                    "$type": CONTENT_TYPE,
                },
            )
        for (store, owner), found in overdue.items():
            self._rows.insert(
                STORES,
                {
                    "DataStoreName": store,
                    "IntegrationFlow": owner,
                    "Type": "",
                    "Visibility": _visibility(owner),
                    "NumberOfMessages": len(found),
                    "NumberOfOverdueMessages": sum(found),
                },
            )


def stored_condition(path: list[Segment], options: Mapping[str, str]) -> Sql:
    """Return the condition that ``overdueonly`` and ``messageid`` set for data stores and their entries."""
    last = path[-1].name if path else ""
    conditions = [TRUE]
    if options.get("overdueonly") == "true" and last == STORES:
        conditions.append(Sql.of("{0} > 0", Sql.column(ROOT_ALIAS, "NumberOfOverdueMessages")))
    if last in {ENTRIES, "Entries"}:
        if options.get("overdueonly") == "true":
            conditions.append(Sql.of("{0} = {1}", Sql.column(ROOT_ALIAS, "Status"), Sql.value(OVERDUE)))
        if "messageid" in options:
            message = Sql.value(options["messageid"])
            conditions.append(Sql.of("{0} = {1}", Sql.column(ROOT_ALIAS, "MessageId"), message))
    return all_of(conditions)


def _visibility(owner: str) -> str:
    return "Integration Flow" if owner else "Global"


def _moment(moment: datetime) -> int:
    return round(moment.timestamp() * MILLISECONDS)
