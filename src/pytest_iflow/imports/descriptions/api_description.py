"""The operations of an API that OpenAPI 3.1, 3.0 or 2.0 describes, in one form for all three."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.descriptions.api_schemas import followed

Json = Any
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_MOST_OPERATIONS = 5_000
_SUCCESS = range(200, 300)
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Parameter(Struct, frozen=True):
    """A parameter; ``place`` is path, query, header, cookie or formData, ``examples`` are its own values."""

    name: str
    place: str
    required: bool
    schema: Json
    examples: tuple[Json, ...] = ()


class Content(Struct, frozen=True):
    """A body in one media type; ``examples`` are those of the description, ``schema`` is as it stands."""

    media_type: str
    schema: Json
    examples: tuple[Json, ...] = ()


class Operation(Struct, frozen=True):
    """One operation; ``security`` are the names of security schemes that it may be called with.

    ``bodies`` are the media types that it takes, none for one without a body. ``status`` is that of its first
    success, None where only a default is described; ``answers`` are the media types of that.
    """

    method: str
    path: str
    name: str
    group: str
    parameters: tuple[Parameter, ...]
    bodies: tuple[Content, ...]
    status: int | None
    answers: tuple[Content, ...]
    security: tuple[str, ...]

    @property
    def origin(self) -> str:
        """How people know it."""
        return f"{self.method} {self.path}"


class SecurityScheme(Struct, frozen=True):
    """How a client proves who it is; ``kind`` is client-credentials, basic, bearer, or a word for others."""

    name: str
    kind: str


class ApiDescription(Struct, frozen=True):
    """An API; ``base`` is the path of its first server, ``unread`` what is described and not read here."""

    title: str
    base: str
    is_newest: bool
    document: Mapping[str, Json]
    operations: tuple[Operation, ...]
    schemes: Mapping[str, SecurityScheme]
    unread: tuple[tuple[str, str], ...]


def read_api(document: Json, where: str) -> ApiDescription:
    """Return the API of a document; raises ConfigurationError where it is no OpenAPI of a known version."""
    version = _version(document)
    paths = document.get("paths") if version else None
    if not version or not isinstance(paths, Mapping | None):
        raise ConfigurationError(
            "This is no description in OpenAPI 3.1, 3.0 or 2.0.",
            where=where,
            remedy='Its first lines say "openapi": "3.0.1", or "swagger": "2.0", and "paths" is an object.',
        )
    reader = _Reader(document, version)
    operations = tuple(reader.operations(paths or {}))
    if len(operations) > _MOST_OPERATIONS:
        raise ConfigurationError(f"There are more than {_MOST_OPERATIONS:,} operations.", where=where)
    info = document.get("info")
    title = info.get("title") if isinstance(info, Mapping) else None
    return ApiDescription(
        title if isinstance(title, str) and title.strip() else "API",
        reader.base(),
        version == "3.1",
        document,
        operations,
        {each.name: each for each in reader.schemes()},
        tuple(reader.unread),
    )


def _version(document: Json) -> str:
    if not isinstance(document, Mapping):
        return ""
    said = str(document.get("openapi") or document.get("swagger") or "")
    known = ("3.2", "3.1", "3.0", "2.0")
    found = next((each for each in known if said == each or said.startswith(f"{each}.")), "")
    return "3.1" if found == "3.2" else found


class _Reader:
    def __init__(self, document: Mapping[str, Json], version: str) -> None:
        self._document = document
        self._is_old = version == "2.0"
        self.unread: list[tuple[str, str]] = []

    def base(self) -> str:
        """Return the path of the first server, without a slash at its end."""
        if self._is_old:
            base = self._document.get("basePath")
            return base.rstrip("/") if isinstance(base, str) else ""
        servers = self._list(self._document, "servers")
        server = servers[0] if servers and isinstance(servers[0], Mapping) else {}
        url = str(server.get("url") or "")
        for name, variable in self._map(server, "variables").items():
            value = variable.get("default") if isinstance(variable, Mapping) else None
            url = url.replace(f"{{{name}}}", str(value or ""))
        try:
            return urlsplit(url).path.rstrip("/")
        except ValueError:
            return ""

    def schemes(self) -> Iterator[SecurityScheme]:
        """Yield the security schemes."""
        holder = self._document if self._is_old else self._map(self._document, "components")
        found = self._map(holder, "securityDefinitions" if self._is_old else "securitySchemes")
        for name, each in found.items():
            scheme = followed(self._document, each)
            if isinstance(scheme, Mapping):
                yield SecurityScheme(name, _kind_of_scheme(scheme))

    def operations(self, paths: Mapping[str, Json]) -> Iterator[Operation]:
        """Yield the operations in the order of the document."""
        for path, each in paths.items():
            item = followed(self._document, each)
            if str(path).startswith("x-"):
                continue
            if not isinstance(item, Mapping):
                self.unread.append((str(path), "It is no description of a path that can be read here."))
                continue
            for method in METHODS:
                if method not in item:
                    continue
                if isinstance(item[method], Mapping):
                    yield self._operation(method, str(path), item[method], item)
                else:
                    origin = f"{method.upper()} {path}"
                    self.unread.append((origin, "It is no description of an operation."))
        for name in self._map(self._document, "webhooks"):
            what = "A webhook is called by the API, not by a client: mock it as a receiver."
            self.unread.append((str(name), what))

    def _operation(
        self, method: str, path: str, described: Mapping[str, Json], item: Mapping[str, Json]
    ) -> Operation:
        origin = f"{method.upper()} {path}"
        if described.get("callbacks"):
            self.unread.append((origin, "Its callbacks are called by the API: mock them as receivers."))
        parameters: dict[tuple[str, str], Parameter] = {}
        bodies: tuple[Content, ...] = ()
        for each in (*self._list(item, "parameters"), *self._list(described, "parameters")):
            parameter = followed(self._document, each)
            if not isinstance(parameter, Mapping) or not isinstance(parameter.get("name"), str):
                self.unread.append((origin, "A parameter is not there, or has no name."))
            elif self._is_old and parameter.get("in") == "body":
                media = self._media_types(described, "consumes")
                bodies = tuple(Content(name, parameter.get("schema")) for name in media)
            else:
                found = self._parameter(parameter)
                parameters[found.place, found.name] = found
        if not self._is_old:
            body = followed(self._document, described.get("requestBody"))
            bodies = tuple(self._contents(body))
        elif form := [each for each in parameters.values() if each.place == "formData"]:
            media_type = _FORMS[1] if _FORMS[1] in self._media_types(described, "consumes") else _FORMS[0]
            bodies = (
                Content(media_type, {"type": "object", "properties": {e.name: e.schema for e in form}}),
            )
        status, answers = self._answer(described)
        tags = [tag for tag in self._list(described, "tags") if isinstance(tag, str) and tag.strip()]
        names = (described.get("summary"), described.get("operationId"), origin)
        return Operation(
            method.upper(),
            path,
            next(name for name in names if isinstance(name, str) and name.strip()),
            tags[0] if tags else next(filter(None, path.split("/")), "api"),
            tuple(each for each in parameters.values() if each.place != "formData"),
            bodies,
            status,
            answers,
            tuple(self._security(described)),
        )

    def _parameter(self, parameter: Mapping[str, Json]) -> Parameter:
        schema = parameter if self._is_old else parameter.get("schema")
        if schema is None:
            contents = list(self._contents(parameter))
            schema = contents[0].schema if contents else None
        named = [parameter[name] for name in ("example", "x-example") if name in parameter]
        named += _examples(self._document, parameter.get("examples"))
        place = str(parameter.get("in"))
        required = parameter.get("required") is True or place == "path"
        return Parameter(str(parameter["name"]), place, required, schema, tuple(named))

    def _contents(self, holder: Json) -> Iterator[Content]:
        if not isinstance(holder, Mapping):
            return
        for media_type, each in self._map(holder, "content").items():
            if isinstance(each, Mapping):
                named = [each["example"]] if "example" in each else []
                named += _examples(self._document, each.get("examples"))
                yield Content(str(media_type), each.get("schema"), tuple(named))

    def _answer(self, described: Mapping[str, Json]) -> tuple[int | None, tuple[Content, ...]]:
        responses = {str(name): each for name, each in self._map(described, "responses").items()}
        names = [name for name in responses if name.isdigit() and int(name) in _SUCCESS]
        others = [name for name in ("2XX", "2xx", "default") if name in responses]
        if not (chosen := [*sorted(names), *others][:1]):
            return None, ()
        response = followed(self._document, responses[chosen[0]])
        if not isinstance(response, Mapping):
            response = {}
        contents = tuple(self._contents(response))
        if self._is_old and "schema" in response:
            media = self._media_types(described, "produces")
            contents = tuple(Content(name, response["schema"]) for name in media)
        return (int(chosen[0]) if names else None), contents

    def _media_types(self, described: Mapping[str, Json], name: str) -> list[str]:
        own = self._list(described, name) or self._list(self._document, name)
        return [each for each in own if isinstance(each, str)] or ["application/json"]

    def _security(self, described: Mapping[str, Json]) -> Iterator[str]:
        """Yield the schemes of the first way to be called; one that wants none is an empty way."""
        holder = described if "security" in described else self._document
        ways = [each for each in self._list(holder, "security") if isinstance(each, Mapping)]
        yield from (str(name) for name in (ways[0] if ways else ()))

    def _map(self, holder: Mapping[str, Json], name: str) -> Mapping[str, Json]:
        found = followed(self._document, holder.get(name))
        return found if isinstance(found, Mapping) else {}

    def _list(self, holder: Mapping[str, Json], name: str) -> list[Json]:
        found = holder.get(name)
        return found if isinstance(found, list) else []


def _examples(document: Mapping[str, Json], examples: Json) -> list[Json]:
    if not isinstance(examples, Mapping):
        return []
    found = (followed(document, each) for each in examples.values())
    return [each["value"] for each in found if isinstance(each, Mapping) and "value" in each]


def _kind_of_scheme(scheme: Mapping[str, Json]) -> str:
    kind = str(scheme.get("type"))
    flows = scheme.get("flows")
    if kind == "oauth2" and (
        scheme.get("flow") == "application" or (isinstance(flows, Mapping) and "clientCredentials" in flows)
    ):
        return "client-credentials"
    if kind == "basic":
        return "basic"
    if kind == "http":
        return str(scheme.get("scheme")).lower()
    return kind
