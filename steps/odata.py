"""Phrases that call OData services: the OData senders of iFlows, below ``/gw/odata/SAP``."""

from __future__ import annotations

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.gherkin.parameter_types import define as define_type
from pytest_iflow.gherkin.vocabulary import when
from pytest_iflow.runtime.caller import IflowCaller

from .conversation import Conversation
from .prepared_request import Addition

_JSON = {"Accept": "application/json"}
_ATOM = {**_JSON, "Content-Type": "application/atom+xml"}
_OPTIONS = {
    "filter": "$filter",
    "select": "$select",
    "expand": "$expand",
    "order by": "$orderby",
    "top": "$top",
    "skip": "$skip",
    "count": "$inlinecount",
    "format": "$format",
}
"""System query options of OData V2, by the words of a table."""
_COUNTED = {"yes": "allpages", "no": "none"}
_CHANGES = {"change": "PATCH", "merge": "MERGE", "replace": "PUT"}
_COLUMNS = ("method", "path", "body", "change set")

define_type(
    "change",
    "|".join(_CHANGES),
    _CHANGES.__getitem__,
    "change (PATCH), merge (MERGE, the same in OData V2) or replace (PUT: what is not named is emptied)",
    "change",
    tuple(_CHANGES),
)


def _read_options(datatable: list[list[str]]) -> list[tuple[str, str]]:
    """Read the rows of a query; raises ConfigurationError for a word that is no option."""
    options = []
    for row in datatable:
        if len(row) != 2:  # noqa: PLR2004, a name and a value
            raise ConfigurationError(
                f"the table has {len(row)} column(s), and needs 2", remedy="write: | filter | Price gt 10 |"
            )
        word, value = row
        name = word if word.startswith("$") else _OPTIONS.get(word.lower())
        if name is None:
            raise ConfigurationError(
                f'"{word}" is no option of a query',
                remedy=f"the words are {', '.join(_OPTIONS)}; for a parameter of your own say: "
                f'Given the query parameter "{word}" is "{value}"',
            )
        options.append((name, _COUNTED.get(value, value) if name == _OPTIONS["count"] else value))
    return options


def _read_operations(datatable: list[list[str]]) -> list[dict[str, str]]:
    """Read the rows of a batch; raises ConfigurationError for what is no request of one."""
    from pytest_iflow.runtime.odata_batch import Operation

    head, *rows = datatable
    if tuple(head) != _COLUMNS[: len(head)] or len(head) < 2:  # noqa: PLR2004, method and path
        raise ConfigurationError(
            f"the table of the batch begins with {', '.join(head)}",
            remedy=f"begin it with a row of these names: {', '.join(_COLUMNS)}; the last two may be left out",
        )
    if not rows:
        raise ConfigurationError(
            "the table of the batch has no request", remedy="write a row for each: | GET | Orders |"
        )
    found = [dict(zip(("method", "path", "body", "change_set"), row, strict=False)) for row in rows]
    for each in found:
        Operation(**each)
    return found


@when("I query/read {string} of the OData iFlow {string}")
def query(entities: str, iflow: str, conversation: Conversation, iflow_caller: IflowCaller) -> None:
    """Read entities ("Orders") or one of them ("Orders('4711')") in JSON, or as the header Accept says."""
    conversation.send(iflow_caller, "GET", iflow, b"", addition=Addition(f"/{entities}", headers=_JSON))


@when("I query {string} of the OData iFlow {string} with:", below=_read_options)
def query_with(
    entities: str,
    iflow: str,
    conversation: Conversation,
    iflow_caller: IflowCaller,
    datatable: list[list[str]],
) -> None:
    """Read entities with the options below: filter, select, expand, order by, top, skip, count, format."""
    addition = Addition(f"/{entities}", _read_options(datatable), _JSON)
    conversation.send(iflow_caller, "GET", iflow, b"", addition=addition)


@when("I create an entity in {string} of the OData iFlow {string}:")
def create(
    entities: str, iflow: str, conversation: Conversation, iflow_caller: IflowCaller, docstring: str = ""
) -> None:
    """POST the entity below, in JSON or Atom; a CSRF token is fetched where the sender wants one."""
    _write("POST", entities, iflow, conversation, iflow_caller, docstring)


@when(
    "I create an entity in {string} of the OData iFlow {string} with the file {string}{filled}", reads="file"
)
def create_of_file(
    entities: str,
    iflow: str,
    file: str,
    filled: bool,
    conversation: Conversation,
    iflow_caller: IflowCaller,
) -> None:
    """POST the entity in a file; it is found as any file that is sent."""
    body = conversation.read_text(file, filled=filled)
    _write("POST", entities, iflow, conversation, iflow_caller, body)


@when("I {change} {string} of the OData iFlow {string}:")
def change(
    method: str,
    entity: str,
    iflow: str,
    conversation: Conversation,
    iflow_caller: IflowCaller,
    docstring: str = "",
) -> None:
    """Change an entity ("Orders('4711')") to what stands below; "replace" empties what is not named."""
    _write(method, entity, iflow, conversation, iflow_caller, docstring)


@when("I {change} {string} of the OData iFlow {string} with the file {string}{filled}", reads="file")
def change_to_file(
    method: str,
    entity: str,
    iflow: str,
    file: str,
    filled: bool,
    conversation: Conversation,
    iflow_caller: IflowCaller,
) -> None:
    """Change an entity to what stands in a file."""
    body = conversation.read_text(file, filled=filled)
    _write(method, entity, iflow, conversation, iflow_caller, body)


@when("I delete {string} of the OData iFlow {string}")
def delete(entity: str, iflow: str, conversation: Conversation, iflow_caller: IflowCaller) -> None:
    """Delete an entity: "Orders('4711')"."""
    _write("DELETE", entity, iflow, conversation, iflow_caller, "")


def _write(
    method: str,
    entity: str,
    iflow: str,
    conversation: Conversation,
    iflow_caller: IflowCaller,
    body: str,
) -> None:
    headers = _ATOM if body.lstrip().startswith("<") else _JSON
    conversation.send(iflow_caller, method, iflow, body, addition=Addition(f"/{entity}", headers=headers))


@when("I send a batch to the OData iFlow {string}:", below=_read_operations)
def send_batch(
    iflow: str, conversation: Conversation, iflow_caller: IflowCaller, datatable: list[list[str]]
) -> None:
    """Send the requests of the table in one $batch; changes next to each other are one change set.

    The answer is a list: the response value at "$[0].status", "$[0].headers.location", "$[0].body.d.OrderId".
    """
    from pytest_iflow.runtime.odata_batch import Operation, batch_body

    accept = conversation.headers.get("accept") or _JSON["Accept"]
    body, kind = batch_body((Operation(**each) for each in _read_operations(datatable)), accept)
    headers = {"Accept": "multipart/mixed", "Content-Type": kind}
    conversation.send(iflow_caller, "POST", iflow, body, addition=Addition("/$batch", headers=headers))
