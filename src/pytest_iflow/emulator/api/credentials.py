"""Credentials are deployed, changed and undeployed (wire-facts 5.8).

Statuses and texts are those of SAP's OpenAPI. What is deployed is there at once, and an update leaves alone
what it does not name (both assumed). Secrets that are sent are kept nowhere, for no request reads them.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from pytest_iflow.emulator.api.packages import USER
from pytest_iflow.emulator.odata.changes import Rows, read_entity, string_key
from pytest_iflow.emulator.odata.edm import Value
from pytest_iflow.emulator.odata.model import Model, ODataError, not_offered
from pytest_iflow.emulator.odata.resource_path import Segment, entity_not_found
from pytest_iflow.emulator.odata.service import ODataCall, without_body
from pytest_iflow.emulator.wire_answer import WireAnswer

MILLISECONDS = 1000
KINDS = ("successfactors", "default", "openconnectors")
OPEN_CONNECTORS = re.compile(r"User \S{0,44},\s*Organization \S{0,32},\s*Element \S{0,44}")
TAKEN, UNKNOWN = "Entity with specified name already exists.", "Entity with specified key does not exist."
DESCRIPTOR = "SecurityArtifactDescriptor/"


@dataclass(frozen=True, slots=True)
class Deployable:
    """How entities of a set are deployed.

    ``secret`` is the property that no request reads. ``taken`` is what is said of a name that is there,
    ``unknown`` of an update of one that is not, None for a 404. ``descriptor`` are the columns that tell of
    the deployment.
    """

    secret: str
    taken: str = TAKEN
    unknown: str | None = UNKNOWN
    prefix: str = DESCRIPTOR
    type: str | None = None


CREDENTIALS = {
    "UserCredentials": Deployable("Password", type="BUNDLE"),
    "SecureParameters": Deployable("SecureParam", prefix=""),
    "OAuth2ClientCredentials": Deployable(
        "ClientSecret", "Entity with the specified name already exist.", None, type="CREDENTIALS"
    ),
}


class Credentials:
    """Changes the tables of the sets in ``CREDENTIALS``."""

    def __init__(self, model: Model, database: sqlite3.Connection) -> None:
        self._model = model
        self._rows = Rows(database)

    def prepare(self) -> None:
        """Do nothing before a request: all is there."""

    def make(self, call: ODataCall, path: list[Segment]) -> WireAnswer:
        """Deploy, change or undeploy; raises ODataError."""
        segment = path[0]
        entity_set = self._model.set(segment.name)
        match call.method, segment.key is not None, len(path):
            case "POST", False, 1:
                values = read_entity(call.body, call.content_type, entity_set)
                self._add(segment.name, values)
            case "PUT", True, 1:
                values = read_entity(call.body, call.content_type, entity_set)
                self._change(segment, string_key(entity_set, segment), values)
            case "DELETE", True, 1:
                if not self._rows.delete(segment.name, string_key(entity_set, segment)):
                    raise entity_not_found(entity_set)
            case _:
                raise not_offered()
        return without_body(HTTPStatus.ACCEPTED)

    def _add(self, table: str, values: dict[str, Value]) -> None:
        name = values.get("Name")
        if not name:
            raise _bad("Property 'Name' must not be null.")
        if self._rows.has(table, {"Name": name}):
            raise ODataError(HTTPStatus.CONFLICT, CREDENTIALS[table].taken)
        _require_known_kind(table, values, required=True)
        if not values.get(secret := CREDENTIALS[table].secret):
            # A password may be empty: SAP's OpenAPI requires name and kind.
            if table == "SecureParameters":
                raise _bad(f"Property '{secret}' must not be null.")
            if table == "OAuth2ClientCredentials":
                raise _bad(f"Property '{secret}' cannot be empty. Enter a valid value.")
        if table == "OAuth2ClientCredentials":
            values = {"ClientAuthentication": "body", "ScopeContentType": "urlencoded", **values}
        self._put(table, {"Name": name}, values)

    def _change(self, segment: Segment, key: Mapping[str, str], values: dict[str, Value]) -> None:
        if values.get("Name", key["Name"]) != key["Name"]:
            raise _bad("Entity key specified in URI does not match to name from payload.")
        if not self._rows.has(segment.name, key):
            unknown = CREDENTIALS[segment.name].unknown
            raise (
                ODataError(HTTPStatus.CONFLICT, unknown)
                if unknown
                else entity_not_found(self._model.set(segment.name))
            )
        _require_known_kind(segment.name, values, required=False)
        self._put(segment.name, key, values)

    def _put(self, table: str, key: Mapping[str, Value], values: Mapping[str, Value]) -> None:
        rules = CREDENTIALS[table]
        deployed = {"DeployedBy": USER, "DeployedOn": round(time.time() * MILLISECONDS), "Status": "DEPLOYED"}
        if rules.type:
            deployed["Type"] = rules.type
        told = {f"{rules.prefix}{name}": value for name, value in deployed.items()}
        self._rows.put(table, key, {**values, **told, rules.secret: None})


def _require_known_kind(table: str, values: Mapping[str, Value], *, required: bool) -> None:
    """Refuse user credentials of a kind that there is not; but for one, the words are assumed."""
    if table != "UserCredentials" or ("Kind" not in values and not required):
        return
    kind, password = values.get("Kind"), str(values.get("Password") or "")
    if not kind:
        raise _bad("Property 'Kind' must not be null.")
    text = None
    if kind not in KINDS:
        text = f"Kind must be one of [{', '.join(KINDS)}]."
    elif kind == "successfactors" and not values.get("CompanyId"):
        text = "Company Id is missing for kind successfactors."
    elif kind == "openconnectors" and OPEN_CONNECTORS.fullmatch(password) is None:
        text = "Password does not match Open Connectors Credentials pattern."
    if text:
        raise ODataError(HTTPStatus.INTERNAL_SERVER_ERROR, text)


def _bad(text: str) -> ODataError:
    return ODataError(HTTPStatus.BAD_REQUEST, text)
