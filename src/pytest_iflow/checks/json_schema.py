"""A JSON Schema file, compiled once and used for every message."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urljoin, urlsplit

from jsonschema import FormatChecker
from jsonschema.exceptions import SchemaError
from jsonschema.protocols import Validator
from jsonschema_specifications import (  # type: ignore[import-untyped]  # has no types
    REGISTRY as SCHEMAS_OF_SCHEMAS,
)
from msgspec import Struct
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import specification_with

from pytest_iflow.checks.dialects import NEWEST, Place, dialect_of, subschemas, validator_kind
from pytest_iflow.checks.document import Document, too_deep
from pytest_iflow.checks.ecma_pattern import check_pattern
from pytest_iflow.checks.formats import FORMATS
from pytest_iflow.checks.json_text import read_json, require_names_once
from pytest_iflow.checks.quick_validation import quick_validation
from pytest_iflow.checks.quoting import excerpt, json_path, shown
from pytest_iflow.checks.schema_keywords import misspelt_keyword, without_effect
from pytest_iflow.checks.time_limits import schema_time, shared_pattern_time
from pytest_iflow.checks.violations import violations
from pytest_iflow.checks.xml_to_json import Shape, json_form
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.tenants.suite_files import decode_text, read_regular, require_small

_ADDRESSES = frozenset({"$id", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor"})
_NO_FORMATS = FormatChecker(())
"""A schema is not judged by formats, such as that of the address in a ``$ref``: files have blanks."""


class JsonSchema(Struct, frozen=True):
    """A checked JSON Schema of a known dialect; 2020-12 where it names none.

    ``is_known_to_match`` is quickly true of most messages that match, and of no other. ``unchecked`` are the
    formats that nobody here can check, and the keywords that its dialect does not judge by, with their files.
    """

    path: Path
    validator: Validator
    is_known_to_match: Callable[[Any], bool]
    shape: Shape
    unchecked: set[str]

    @classmethod
    def load(cls, path: Path, read: Callable[[Path], bytes] = read_regular) -> Self:
        """Read, check and compile a schema file; raises ConfigurationError when it is not a schema.

        ``read`` opens it and all that it refers to.
        """
        source = _Source(path, read)
        schema = source.read(path, NEWEST)
        dialect = dialect_of(schema, str(path))
        kind = validator_kind(dialect)
        # Without an $id of its own a schema is at home where its file is.
        keyword = "id" if "$id" not in kind.META_SCHEMA else "$id"
        if isinstance(schema, dict):
            schema = {keyword: path.as_uri(), **schema}
        resource = Resource.from_contents(schema, default_specification=specification_with(dialect))
        retrieve = source.neighbours(resource.id() or path.as_uri(), dialect)
        # attrs makes the field _retrieve a parameter without underscore.
        # The schemas of schemas are known, and need no file.
        own: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg]  # unseen by mypy
        registry = SCHEMAS_OF_SCHEMAS.combine(own)
        validator = kind(schema, registry=registry, format_checker=FORMATS)
        resolver = registry.resolver_with_root(resource)
        try:
            shape = Shape([(schema, resolver)])
        except Unresolvable as error:
            raise _dead_reference(path, error) from None
        return cls(path, validator, quick_validation(validator), shape, source.unchecked)

    @schema_time()
    @shared_pattern_time()
    def violations(self, document: Document) -> list[str]:
        """List what is wrong with a message; XML is converted first, guided by this schema."""
        try:
            value = json_form(document, self.shape)
            if self.is_known_to_match(value):
                return []
            return violations(self.validator.iter_errors(value), document.place)
        except Unresolvable as error:
            raise _dead_reference(self.path, error) from None
        except RecursionError:
            raise too_deep(document.subject, f"{self.path}, whose $ref may also lead in a circle") from None


class _Source:
    """The files of one schema: itself, and those that it refers to."""

    def __init__(self, path: Path, read: Callable[[Path], bytes]) -> None:
        self._path = path
        self._read = read
        self.unchecked: set[str] = set()

    def read(self, path: Path, default: str) -> Any:
        """Read and check a file; a dialect other than its own is the ``default``."""
        schema = _read(path, self._read)
        dialect = dialect_of(schema, str(path), default)
        try:
            for place, part in subschemas(schema):
                self._check(path, place, part, dialect)
            validator_kind(dialect).check_schema(schema, format_checker=_NO_FORMATS)
        except SchemaError as error:
            raise ConfigurationError(
                f"{path.name} is not a valid JSON Schema: {error.message}",
                where=f"{path}, at {json_path(error.absolute_path)}, judged by {dialect}",
                remedy="Correct the schema; keywords are listed at json-schema.org.",
            ) from None
        except RecursionError:
            raise ConfigurationError(
                f"{path.name} is nested too deep to be a schema", where=str(path)
            ) from None
        return schema

    def _check(self, path: Path, place: Place, part: dict[str, Any], dialect: str) -> None:
        """Check what the schema of schemas leaves open: dialect, keywords, patterns, formats of one part."""
        if "$schema" in part:
            part["$schema"] = dialect_of(part, f"{path}, at {json_path(place)}")
        for keyword in _ADDRESSES & part.keys():
            if not isinstance(part[keyword], str):
                raise ConfigurationError(
                    f"{path.name} is not a valid JSON Schema: {keyword} is no text: {shown(part[keyword])}",
                    where=f"{path}, at {json_path((*place, keyword))}",
                    remedy="Correct the schema; a property of this name stands below properties.",
                )
        if misspelt := misspelt_keyword(part, place):
            raise ConfigurationError(
                f'{path.name} has a keyword that judges nothing: "{misspelt[0]}"',
                where=f"{path}, at {json_path(place)}",
                remedy=f'Did you mean "{misspelt[1]}"? A keyword of your own begins with "x-".',
            )
        self.unchecked.update(f"{each} ({path.name})" for each in without_effect(part, place, dialect))
        patterns = part.get("patternProperties")
        for pattern in patterns if isinstance(patterns, dict) else ():
            check_pattern(pattern, str(path), json_path((*place, "patternProperties")))
        if isinstance(pattern := part.get("pattern"), str):
            check_pattern(pattern, str(path), json_path((*place, "pattern")))
        if isinstance(name := part.get("format"), str) and name not in FORMATS.checkers:
            self.unchecked.add(f"{name} ({path.name})")

    def neighbours(self, base: str, dialect: str) -> Callable[[str], Resource[Any]]:
        """Retrieve what a ``$ref`` names from the file beside this one, by its address relative to ``base``.

        So a relative ``$ref`` works whether the schema has a web address as its ``$id`` or none. Nothing is
        ever fetched from the network.
        """
        path, home = self._path, urlsplit(urljoin(base, "."))

        @cache  # the library asks at each reference
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
            contents = self.read(neighbour, dialect)
            return Resource.from_contents(contents, default_specification=specification_with(dialect))

        return retrieve


def _read(path: Path, read: Callable[[Path], bytes]) -> Any:
    try:
        data = read(path)
        require_small(data, path)
        text = decode_text(data, path)
    except OSError as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error}", where=str(path)) from None
    try:
        found = read_json(text)
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"{path.name} is not valid JSON: {error.msg}",
            where=f"{path}, line {error.lineno}, column {error.colno}, near {excerpt(text, error.pos)}",
            remedy="Correct the schema file.",
        ) from None
    except RecursionError:
        raise ConfigurationError(f"{path.name} is nested too deep to be a schema", where=str(path)) from None
    except ValueError as error:
        raise ConfigurationError(
            f"{path.name} is not a usable JSON Schema: {error}", where=str(path)
        ) from None
    schema = found.value
    try:
        require_names_once(found.repeated, path.name)
    except CheckError as error:
        place = f"{path}, {error.where}" if error.where else str(path)
        raise ConfigurationError(error.what, where=place, remedy=error.remedy) from None
    if not isinstance(schema, dict | bool):
        raise ConfigurationError(
            f"{path.name} is not a JSON Schema: a schema is an object",
            where=str(path),
            remedy='Begin the file with {"type": "object", …}.',
        )
    return schema


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
