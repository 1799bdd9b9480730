"""Import of OpenAPI: a feature for each group of operations, a scenario for each operation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from pytest_iflow.checks.time_limits import schema_time
from pytest_iflow.drafts.draft import (
    ClientDraft,
    Fate,
    FeatureDraft,
    FileDraft,
    Remark,
    ScenarioDraft,
    StepDraft,
    SuiteDraft,
    TenantDraft,
)
from pytest_iflow.drafts.feature_text import in_quotes, literal
from pytest_iflow.drafts.file_names import Names, file_name, iflow_name
from pytest_iflow.drafts.tenant_entries import service_key_variable
from pytest_iflow.imports.descriptions.api_description import (
    ApiDescription,
    Content,
    Operation,
    Parameter,
    read_api,
)
from pytest_iflow.imports.descriptions.api_schemas import ApiSchemas, Direction
from pytest_iflow.imports.descriptions.files import (
    parsed_document,
    read_description,
    register_passwords,
    source_of,
)
from pytest_iflow.imports.destination import Destination, other_case
from pytest_iflow.imports.kinds import Request
from pytest_iflow.imports.messages.json_examples import JsonExamples
from pytest_iflow.imports.messages.json_values import NoExampleError, named_values

_SECONDS = 60.0
"""How long the examples of one API may take together."""

_FORM = "application/x-www-form-urlencoded"
_WITH_PROTOCOL = ("/http/", "/cxf/", "/gw/")
_SENT_ANYWAY = frozenset({"accept", "authorization", "content-type", "x-csrf-token"})
"""Headers that a call has by itself; OpenAPI lets the first three of them be no parameters, either."""
_CLIENTS = frozenset({"client-credentials", "basic"})
Json = Any


def read_draft(request: Request) -> SuiteDraft:
    """Read a description; raises ConfigurationError where it is none, or cannot be read."""
    path = source_of(request, "a description in OpenAPI")
    document = parsed_document(read_description(path), path)
    register_passwords(document)
    api = read_api(document, str(path))
    with schema_time(_SECONDS):
        return _Drafting(request, api, path.name).draft()


class _Drafting:
    """What is made of an API, while its operations are gone through."""

    def __init__(self, request: Request, api: ApiDescription, source: str) -> None:
        self._destination = Destination(request)
        self._api = api
        self._source = source
        self._folder = file_name(api.title)
        self._schemas = ApiSchemas(api.document, is_newest=api.is_newest)
        self._files: dict[str, FileDraft] = {}
        self._file_names = Names()
        self._remarks = [Remark(Fate.LEFT, origin, what) for origin, what in api.unread]

    def draft(self) -> SuiteDraft:
        groups: dict[str, list[ScenarioDraft]] = {}
        for operation in self._api.operations:
            groups.setdefault(operation.group, []).append(self._scenario(operation))
        names = Names()
        features = tuple(
            FeatureDraft(
                f"features/{self._folder}/{names.add_file(file_name(group), '.feature')}",
                f"{self._api.title}: {group}",
                tuple(scenarios),
                f"Made of {self._source}. Payloads are examples of its schemas.",
            )
            for group, scenarios in groups.items()
        )
        for reference in sorted(self._schemas.elsewhere):
            what = (
                "It is not there, or in another file: it is not read, and anything is allowed in its place."
            )
            self._remarks.append(Remark(Fate.CHANGED, reference, what))
        tenant = TenantDraft(
            self._destination.tenant,
            self._destination.environment,
            tuple(self._clients()),
            self._destination.iflows(),
        )
        tenants = (tenant,) if features else ()
        return SuiteDraft(self._source, features, tuple(self._files.values()), tenants, tuple(self._remarks))

    def _clients(self) -> Iterator[ClientDraft]:
        tenant, environment = self._destination.tenant, self._destination.environment
        for scheme in self._api.schemes.values():
            name = iflow_name(scheme.name)
            if scheme.kind in _CLIENTS:
                variable = service_key_variable(tenant, environment, name)
                what = (
                    f"It is the client {name} of the tenant file: its service key is expected in {variable}."
                )
                if scheme.kind == "basic":
                    what += (
                        ' With runtime-auth = "basic" there, clientid and clientsecret are sent as they are.'
                    )
                self._remarks.append(Remark(Fate.TAKEN, f"security scheme {scheme.name}", what))
                yield ClientDraft(name, f"env:{variable}")
            elif scheme.kind != "bearer":
                what = (
                    f"Of the kind {scheme.kind} nothing is made: calls use the token of the client default."
                )
                self._remarks.append(Remark(Fate.LEFT, f"security scheme {scheme.name}", what))

    def _scenario(self, operation: Operation) -> ScenarioDraft:
        iflow, rest = self._called(operation)
        steps = [*self._client_step(operation), *self._parameter_steps(operation, rest)]
        call = f'I send a {operation.method} request to the iFlow "{iflow}"'
        form, payload = self._body(operation)
        steps += form
        steps.append(("When", f'{call} with the file "{payload}"' if payload else call))
        if operation.status is None:
            steps.append(("Then", "the response status is a success"))
        else:
            steps.append(("Then", f"the response status is {operation.status}"))
        if schema := self._answer_schema(operation):
            steps.append(("And", f'the response matches the schema "{schema}"'))
        self._remarks.append(Remark(Fate.TAKEN, operation.origin, f'The scenario "{operation.name}".'))
        return ScenarioDraft(operation.name, tuple(_worded(steps)), operation.origin)

    def _client_step(self, operation: Operation) -> Iterator[tuple[str, str]]:
        schemes = (self._api.schemes.get(name) for name in operation.security)
        for scheme in schemes:
            if scheme is not None and scheme.kind in _CLIENTS:
                yield "Given", f'an access token for client "{iflow_name(scheme.name)}"'
                return

    def _called(self, operation: Operation) -> tuple[str, str]:
        """Return the name of the iFlow of an operation, and what comes behind its address."""
        path = self._api.base + operation.path
        path = path if f"{path}/".startswith(_WITH_PROTOCOL) else f"/http/{path.lstrip('/')}"
        values = {
            f"{{{each.name}}}": quote(self._value(operation, each), safe="")
            for each in operation.parameters
            if each.place == "path"
        }
        is_address_fixed = "{" not in "/".join(path.split("/")[:3])
        for name, value in values.items():
            path = path.replace(name, f"{{{name}}}" if is_address_fixed else value)
        flow = self._destination.addresses.called(path, "")
        self._remarks += filter(None, [other_case(operation.origin, flow)])
        behind = flow.behind
        for name, value in values.items():
            behind = behind.replace(f"{{{name}}}", value)
        return flow.name, behind.rstrip("/")

    def _parameter_steps(self, operation: Operation, rest: str) -> Iterator[tuple[str, str]]:
        query = []
        for parameter in operation.parameters:
            if parameter.place == "path" or not (parameter.required or parameter.examples):
                continue
            value = self._value(operation, parameter)
            name, text = in_quotes(literal(parameter.name)), in_quotes(literal(value))
            if parameter.place == "header" and parameter.name.lower() in _SENT_ANYWAY:
                continue
            if parameter.place == "cookie":
                what = f"The cookie {parameter.name} is not sent."
                self._remarks.append(Remark(Fate.LEFT, operation.origin, what))
            elif parameter.place == "query" and (name is None or text is None):
                query.append((parameter.name, value))
            elif name is None or text is None:
                what = f"The parameter {parameter.name} cannot stand in a step."
                self._remarks.append(Remark(Fate.LEFT, operation.origin, what))
            elif parameter.place == "query":
                yield "Given", f"the query parameter {name} is {text}"
            elif parameter.place == "header":
                yield "Given", f"the request header {name} is {text}"
        suffix = rest + (f"?{urlencode(query)}" if query else "")
        if suffix and (quoted := in_quotes(literal(suffix))) is not None:
            yield "Given", f"the request path ends with {quoted}"

    def _value(self, operation: Operation, parameter: Parameter) -> str:
        """Return a value of a parameter as its text."""
        named = named_values(parameter.schema) if isinstance(parameter.schema, Mapping) else ()
        for example in (*parameter.examples, *named):
            return _as_text(example)
        try:
            return _as_text(JsonExamples(self._schemas.schema(parameter.schema, "request")).example())
        except (NoExampleError, ValueError) as error:
            what = f'The parameter {parameter.name} is "1", as no example can be made: {error}.'
            self._remarks.append(Remark(Fate.CHANGED, operation.origin, what))
            return "1"

    def _body(self, operation: Operation) -> tuple[list[tuple[str, str]], str]:
        """Return the steps of a form, or the payload file of any other body."""
        content = next((each for each in operation.bodies if _is_json(each)), None)
        content = content or next(iter(operation.bodies), None)
        if content is None:
            return [], ""
        media_type = content.media_type.partition(";")[0].strip().lower()
        if media_type in (_FORM, "multipart/form-data"):
            return self._form(operation, content), ""
        message = self._message(operation, content)
        if message is None:
            return [], ""
        ending = ".json" if _is_json(content) else ".xml" if media_type.endswith("xml") else ".txt"
        path = self._put("payloads", file_name(operation.name), ending, message)
        sent_as = {".json": "application/json", ".xml": "application/xml", ".txt": "text/plain"}[ending]
        header = [] if media_type in (sent_as, "text/xml", "*/*") else [media_type]
        steps = [("Given", f'the request header "Content-Type" is "{each}"') for each in header]
        return [step for step in steps if in_quotes(media_type)], path

    def _form(self, operation: Operation, content: Content) -> list[tuple[str, str]]:
        values = self._example(operation, content, "request")
        steps = []
        for name, value in values.items() if isinstance(values, dict) else ():
            field, text = in_quotes(literal(str(name))), in_quotes(literal(_as_text(value)))
            if field and text:
                steps.append(("Given", f"the form field {field} is {text}"))
        return steps

    def _message(self, operation: Operation, content: Content) -> bytes | None:
        if _is_json(content):
            value = self._example(operation, content, "request")
            return None if value is None else f"{json.dumps(value, indent=2, ensure_ascii=False)}\n".encode()
        text = self._example(operation, content, "request") if content.schema or content.examples else None
        if not isinstance(text, str):
            what = f"A body in {content.media_type} is not made out of a schema: put a payload file there."
            self._remarks.append(Remark(Fate.LEFT, operation.origin, what))
            return None
        return text.encode()

    def _example(self, operation: Operation, content: Content, direction: Direction) -> Json:
        """Return a message, the description's own if it has one, None where none can be made."""
        for example in content.examples:
            if not isinstance(example, str) or not _is_json(content):
                return example
        try:
            return JsonExamples(self._schemas.schema(content.schema, direction)).example()
        except (NoExampleError, ValueError) as error:
            what = f"No body can be made, so none is sent: {error}."
            self._remarks.append(Remark(Fate.LEFT, operation.origin, what))
            return None

    def _answer_schema(self, operation: Operation) -> str:
        content = next((each for each in operation.answers if _is_json(each)), None)
        if content is None or not content.schema:
            return ""
        try:
            schema = self._schemas.schema(content.schema, "response")
            JsonExamples(schema)  # says what is wrong with a schema
        except (NoExampleError, ValueError) as error:
            what = f"The answer is not compared with its schema: {error}."
            self._remarks.append(Remark(Fate.LEFT, operation.origin, what))
            return ""
        text = f"{json.dumps(schema, indent=2, ensure_ascii=False)}\n"
        return self._put("schemas", file_name(operation.name), ".schema.json", text.encode())

    def _put(self, kind: str, name: str, ending: str, data: bytes) -> str:
        """Keep a file, and return its path in the folder of its kind."""
        path = self._file_names.add_file(f"{kind}/{self._folder}/{name}", ending)
        self._files[path] = FileDraft(path, data)
        return path.partition("/")[2]


def _worded(steps: list[tuple[str, str]]) -> Iterator[StepDraft]:
    """Yield steps, with ``And`` for a keyword that is that of the step before."""
    before = ""
    for keyword, phrase in steps:
        yield StepDraft("And" if keyword == before else keyword, phrase)
        before = before if keyword == "And" else keyword


def _is_json(content: Content) -> bool:
    media_type = content.media_type.partition(";")[0].strip().lower()
    return media_type in ("application/json", "*/*", "text/json") or media_type.endswith("+json")


def _as_text(value: Json) -> str:
    """Return a value as it stands in an address: lists with commas between their items."""
    if isinstance(value, list):
        return ",".join(map(_as_text, value))
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
