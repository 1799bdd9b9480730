"""A JSON Schema file, compiled once and used for every message."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urljoin, urlsplit

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from pytest_iflow.checks.document import Document
from pytest_iflow.checks.quoting import around, json_path
from pytest_iflow.checks.shape import Shape
from pytest_iflow.checks.violations import violations
from pytest_iflow.checks.xml_to_json import json_form
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.suite_files import read_regular


@dataclass(frozen=True, slots=True)
class JsonSchema:
    """A checked JSON Schema of any draft that ``jsonschema`` knows; 2020-12 where it names none."""

    path: Path
    validator: Validator
    shape: Shape

    @classmethod
    def load(cls, path: Path, read: Callable[[Path], bytes] = read_regular) -> Self:
        """Read, check and compile a schema file; raises ConfigurationError when it is not a schema.

        ``read`` opens it and all that it refers to.
        """
        schema = _read(path, read)
        dialect = validator_for(schema, default=Draft202012Validator)
        try:
            dialect.check_schema(schema)
        except SchemaError as error:
            raise ConfigurationError(
                f"{path.name} is not a valid JSON Schema: {error.message}",
                where=f"{path}, at {json_path(error.absolute_path)}",
                remedy="Correct the schema; keywords are listed at json-schema.org.",
            ) from None
        # Without an $id of its own a schema is at home where its file is.
        keyword = "id" if "$id" not in dialect.META_SCHEMA else "$id"
        if isinstance(schema, dict):
            schema = {keyword: path.as_uri(), **schema}
        resource = Resource.from_contents(schema, default_specification=DRAFT202012)
        retrieve = _neighbours(path, resource.id() or path.as_uri(), read)
        # attrs makes the field _retrieve a parameter without underscore.
        registry: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg]  # unseen by mypy
        validator = dialect(schema, registry=registry, format_checker=dialect.FORMAT_CHECKER)
        resolver = registry.resolver_with_root(resource)
        return cls(path, validator, _shape(path, schema, resolver))

    def violations(self, document: Document) -> list[str]:
        """List what is wrong with a message; XML is converted first, guided by this schema."""
        try:
            return violations(self.validator.iter_errors(json_form(document, self.shape)))
        except Unresolvable as error:
            raise _dead_reference(self.path, error) from None


def _shape(path: Path, schema: Any, resolver: Any) -> Shape:
    try:
        return Shape([(schema, resolver)])
    except Unresolvable as error:
        raise _dead_reference(path, error) from None


def _read(path: Path, read: Callable[[Path], bytes]) -> Any:
    try:
        text = read(path).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error}", where=str(path)) from None
    try:
        schema = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"{path.name} is not valid JSON: {error.msg}",
            where=f"{path}, line {error.lineno}, column {error.colno}, near {around(text, error.pos)}",
            remedy="Correct the schema file.",
        ) from None
    if not isinstance(schema, dict | bool):
        raise ConfigurationError(
            f"{path.name} is not a JSON Schema: a schema is an object",
            where=str(path),
            remedy='Begin the file with {"type": "object", …}.',
        )
    return schema


def _neighbours(path: Path, base: str, read: Callable[[Path], bytes]) -> Callable[[str], Resource[Any]]:
    """Retrieve what a ``$ref`` names from the file beside this one, by its address relative to ``base``.

    So a relative ``$ref`` works whether the schema has a web address as its ``$id`` or none. Nothing is
    ever fetched from the network.
    """
    home = urlsplit(urljoin(base, "."))

    def retrieve(uri: str) -> Resource[Any]:
        target = urlsplit(uri)
        if (target.scheme, target.netloc) != (home.scheme, home.netloc):
            raise ConfigurationError(
                f"{path.name} refers to {uri}, and schemas are never fetched from the network",
                where=str(path),
                remedy="Save that schema beside this one and refer to it by its file name.",
            )
        relative = posixpath.relpath(unquote(target.path), unquote(home.path) or "/")
        neighbour = path.parent / relative
        if not neighbour.is_file():
            raise ConfigurationError(
                f"{path.name} refers to {relative}, which does not exist",
                where=str(neighbour),
                remedy="Correct the $ref, or put the file there.",
            )
        return Resource.from_contents(_read(neighbour, read), default_specification=DRAFT202012)

    return retrieve


def _dead_reference(path: Path, error: BaseException) -> ConfigurationError:
    """Say why a ``$ref`` leads nowhere: the libraries wrap our own reason several times."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConfigurationError):
            return cause
        cause = cause.__cause__
    return ConfigurationError(
        f"{path.name} has a $ref that leads nowhere: {error}",
        where=str(path),
        remedy="Correct the $ref; definitions of the same file are written #/$defs/NAME.",
    )
