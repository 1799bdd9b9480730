"""The entity sets of what is operated: stores, variables, queues, number ranges, credentials, traces.

Names, keys and types are those of SAP's public metadata, query options those of its OpenAPI (wire-facts 5.8).
At first lists are empty but for the tenant's broker.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType

from pytest_iflow.emulator.odata.changes import Rows
from pytest_iflow.emulator.odata.edm import EdmType
from pytest_iflow.emulator.odata.model import (
    ComplexProperty,
    EntitySet,
    EntityType,
    Navigation,
    Property,
    Refusal,
    columns,
    query_options,
    strings,
)

NONE = query_options("")
# Assumed: the texts of these refusals are not on record.
ONLY_BY_STEPS = Refusal(HTTPStatus.NOT_IMPLEMENTED, "Only retrievable via navigation from run steps")
BROKER = "Broker1"


def typed(edm_type: EdmType, names: str) -> tuple[Property, ...]:
    """Return properties of one type; ``names`` are separated by blanks."""
    return tuple(Property(name, edm_type) for name in names.split())


DESCRIPTOR = ComplexProperty(
    "SecurityArtifactDescriptor",
    "SecurityArtifactDescriptor",
    (*strings("Type DeployedBy"), Property("DeployedOn", EdmType.DATE_TIME), Property("Status")),
)
TRACE_MESSAGE = EntityType(
    "TraceMessage",
    key=("TraceId",),
    properties=(
        Property("TraceId", EdmType.INT64),
        *strings("MplId ModelStepId"),
        Property("PayloadSize", EdmType.INT64),
        Property("MimeType"),
    ),
    media=True,
)
_STORE_KEY = ("DataStoreName", "IntegrationFlow", "Type")
DATA_STORE = EntityType(
    "DataStore",
    key=_STORE_KEY,
    properties=(
        *strings("DataStoreName IntegrationFlow Type Visibility"),
        *typed(EdmType.INT64, "NumberOfMessages NumberOfOverdueMessages"),
    ),
    navigations=(Navigation("Entries", "DataStoreEntries", tuple((name, name) for name in _STORE_KEY)),),
)
DATA_STORE_ENTRY = EntityType(
    "DataStoreEntry",
    key=("Id", *_STORE_KEY),
    properties=(
        *strings("Id DataStoreName IntegrationFlow Type Status MessageId"),
        *typed(EdmType.DATE_TIME, "DueAt CreatedAt RetainUntil"),
    ),
    media=True,
)
VARIABLE = EntityType(
    "Variable",
    key=("VariableName", "IntegrationFlow"),
    properties=(
        *strings("VariableName IntegrationFlow Visibility"),
        *typed(EdmType.DATE_TIME, "UpdatedAt RetainUntil"),
    ),
    media=True,
)
JMS_BROKER = EntityType(
    "JmsBroker",
    key=("Key",),
    properties=(
        Property("Key"),
        *typed(EdmType.INT64, "Capacity MaxCapacity"),
        *typed(EdmType.INT32, "IsTransactedSessionsHigh IsConsumersHigh IsProducersHigh"),
        *typed(EdmType.INT64, "MaxQueueNumber QueueNumber CapacityOk CapacityWarning CapacityError"),
    ),
)
NUMBER_RANGE = EntityType(
    "NumberRange",
    key=("Name",),
    properties=(
        *strings("Name Description MaxValue MinValue Rotate CurrentValue FieldLength DeployedBy"),
        Property("DeployedOn", EdmType.DATE_TIME),
    ),
)
USER_CREDENTIAL = EntityType(
    "UserCredential",
    key=("Name",),
    properties=(*strings("Name Kind Description User Password CompanyId"), DESCRIPTOR),
)
SECURE_PARAMETER = EntityType(
    "SecureParameter",
    key=("Name",),
    properties=(
        # Lengths of SAP's OpenAPI.
        Property("Name", longest=150),
        Property("Description", longest=1024),
        Property("SecureParam", longest=255),
        Property("DeployedBy"),
        Property("DeployedOn", EdmType.DATE_TIME),
        Property("Status"),
    ),
)
OAUTH_CREDENTIAL = EntityType(
    "OAuth2ClientCredential",
    key=("Name",),
    properties=(
        *strings(
            "Name Description TokenServiceUrl ClientId ClientSecret ClientAuthentication Scope "
            "ScopeContentType Resource Audience"
        ),
        DESCRIPTOR,
    ),
)
DATA_STORE_SETS = (
    EntitySet("DataStores", DATA_STORE, options=NONE, entity_options=NONE),
    EntitySet("DataStoreEntries", DATA_STORE_ENTRY, options=NONE, entity_options=NONE),
    EntitySet("JmsBrokers", JMS_BROKER, options=NONE, entity_options=query_options("expand")),
)
VARIABLE_SET = EntitySet("Variables", VARIABLE, options=NONE, entity_options=NONE)
TRACE_SET = EntitySet("TraceMessages", TRACE_MESSAGE, list_refusal=ONLY_BY_STEPS)
NUMBER_RANGE_SET = EntitySet("NumberRanges", NUMBER_RANGE, options=NONE, entity_options=NONE)
SECURITY_SETS = (
    EntitySet("UserCredentials", USER_CREDENTIAL, options=NONE, entity_options=NONE),
    EntitySet("SecureParameters", SECURE_PARAMETER, options=NONE, entity_options=NONE),
    EntitySet("OAuth2ClientCredentials", OAUTH_CREDENTIAL, options=NONE, entity_options=NONE),
)
# Those that have a table of their own; traces are read from the steps of runs.
_TABLES = (*DATA_STORE_SETS, VARIABLE_SET, NUMBER_RANGE_SET, *SECURITY_SETS)
OPERATION_SETS = (*_TABLES, TRACE_SET)


def create_tables(database: sqlite3.Connection) -> None:
    """Create a table for each set, and fill in what every tenant has."""
    create_set_tables(database, _TABLES)
    rows = Rows(database)
    rows.delete("JmsBrokers", {})
    rows.insert("JmsBrokers", {name: BROKER if name == "Key" else 0 for name in columns(JMS_BROKER)})


def create_set_tables(
    database: sqlite3.Connection, sets: Iterable[EntitySet], hidden: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Create a table for each set, with the columns of its view, and one that is ``hidden`` by its name."""
    for each in sets:
        more = [*(("$value", "$type") if each.type.media else ()), *hidden.get(each.name, "").split()]
        names = ", ".join(f'"{name}"' for name in (*columns(each.type), *more))
        database.execute(f'CREATE TABLE IF NOT EXISTS "{each.name}" ({names})')
