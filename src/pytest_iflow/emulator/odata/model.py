"""The entity model of a service, as data, and the errors that it answers with.

Each entity set is read from the database view of its name. The columns of the view are named as the
properties, those within a complex property by their path, as in ``IntegrationArtifact/Id``. The view of a
media type has two more columns: ``$value`` is the content, ``$type`` its media type.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from xml.sax.saxutils import escape, quoteattr

from pytest_iflow.emulator.odata.edm import EdmType

METADATA_NAMESPACE = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"


class ODataError(Exception):
    """A request that an OData service refuses: status, error code and text (wire-facts 5.1).

    The code is the phrase of the status, as in the examples of SAP's OpenAPI. Some refusals have no text.
    """

    def __init__(self, status: int, text: str | None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.code = HTTPStatus(status).phrase

    def as_json(self) -> bytes:
        """Render as ``{"error":{"code":…,"message":{"lang":…,"value":…}}}``."""
        error = {"code": self.code, "message": {"lang": "en", "value": self.text}}
        return json.dumps({"error": error}, ensure_ascii=False, separators=(",", ":")).encode()

    def as_xml(self) -> bytes:
        """Render for a caller that did not ask for JSON."""
        text = escape(self.text or "")
        return (
            f'<?xml version="1.0" encoding="utf-8"?><error xmlns={quoteattr(METADATA_NAMESPACE)}>'
            f'<code>{escape(self.code)}</code><message xml:lang="en">{text}</message></error>'
        ).encode()


def not_offered() -> ODataError:
    """Make the error for a change that the local tenant does not make."""
    return ODataError(HTTPStatus.NOT_IMPLEMENTED, "The local tenant cannot change this.")


@dataclass(frozen=True, slots=True)
class Property:
    """A simple property; ``scale`` is the number of decimals of an Edm.Decimal.

    A text that is written has ``longest`` characters at most, None for any number.
    """

    name: str
    type: EdmType = EdmType.STRING
    scale: int = 0
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class ComplexProperty:
    """A property that holds others; ``type_name`` is the name of its complex type."""

    name: str
    type_name: str
    properties: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a service answers to a request that it does not serve."""

    status: int
    text: str | None

    def error(self) -> ODataError:
        """Make the error to raise."""
        return ODataError(self.status, self.text)


@dataclass(frozen=True, slots=True)
class Navigation:
    """A link from an entity to those of the set ``target`` whose properties equal its own.

    ``on`` are pairs of names, own property first. One with a ``refusal`` stands in the metadata only.
    """

    name: str
    target: str
    on: tuple[tuple[str, str], ...]
    many: bool = True
    refusal: Refusal | None = None


def strings(names: str) -> tuple[Property, ...]:
    """Return properties of the type Edm.String; ``names`` are separated by blanks."""
    return tuple(Property(name) for name in names.split())


# Compared by identity: there is one object for each type, and a cache finds it faster.
@dataclass(frozen=True, slots=True, eq=False)
class EntityType:
    """Properties, key, and links to other entities; ``media`` if each entity has a content."""

    name: str
    key: tuple[str, ...]
    properties: tuple[Property | ComplexProperty, ...]
    navigations: tuple[Navigation, ...] = ()
    media: bool = False

    def navigation(self, name: str) -> Navigation | None:
        """Return a navigation by its name, or None."""
        return next((each for each in self.navigations if each.name == name), None)

    def property(self, name: str) -> Property | ComplexProperty | None:
        """Return a property by its name, or None."""
        return _properties(self).get(name)


@cache
def _properties(entity_type: EntityType) -> dict[str, Property | ComplexProperty]:
    return {each.name: each for each in entity_type.properties}


@cache
def columns(entity_type: EntityType) -> dict[str, Property]:
    """Return the simple properties by their path, which is the name of their column."""
    paths: dict[str, Property] = {}
    for each in entity_type.properties:
        if isinstance(each, ComplexProperty):
            paths |= {f"{each.name}/{inner.name}": inner for inner in each.properties}
        else:
            paths[each.name] = each
    return paths


def query_options(names: str) -> frozenset[str]:
    """Return the query options of names without ``$``, with those that every request takes."""
    return frozenset(f"${name}" for name in ("format", "skiptoken", *names.split()))


@dataclass(frozen=True, slots=True)
class EntitySet:
    """A set of entities, and how it differs from other sets.

    Without ``$orderby`` entities are sorted by the property ``order``, or by their key if that is None.
    ``refused`` are query options (and ``/$count``) that are not served, ``ignored`` those without effect.
    ``only_equal`` are the properties that ``$filter`` may compare by ``eq`` alone.
    With a ``list_refusal`` entities can be listed by navigation only; with an ``entity_refusal`` only their
    content can be read. ``content_without_json`` refuses the content to a caller that accepts JSON.
    ``any_keys`` are values of the key that stand for any, as ``("Version", "active")`` does: for the entity
    whose column ``newest`` is set, where there is such a column. Lists have only those.
    ``orders`` are the only texts that ``$orderby`` may have, None for any.
    ``options`` are the query options that a list takes, ``entity_options`` those of one entity; None for
    all that the engine knows. ``missing`` is what is said of an entity that is not there. ``file_content`` is
    sent as a file, whose name is the view's column ``$name``.
    """

    name: str
    type: EntityType
    order: str | None = None
    refused: Mapping[str, Refusal] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    list_refusal: Refusal | None = None
    entity_refusal: Refusal | None = None
    content_without_json: bool = False
    any_keys: frozenset[tuple[str, str]] = frozenset()
    newest: str | None = None
    orders: frozenset[str] | None = None
    only_equal: frozenset[str] = frozenset()
    options: frozenset[str] | None = None
    entity_options: frozenset[str] | None = None
    file_content: bool = False
    missing: str = "Requested entity could not be found."


@dataclass(frozen=True, slots=True)
class FunctionImport:
    """An operation that the metadata document names; ``parameters`` are strings."""

    name: str
    http_method: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """All entity sets of a service; ``ignored_in_navigation`` are options without effect after one."""

    namespace: str
    sets: tuple[EntitySet, ...]
    functions: tuple[FunctionImport, ...] = ()
    ignored_in_navigation: frozenset[str] = frozenset()

    def set(self, name: str) -> EntitySet:
        """Return the entity set of a name; raises ODataError with the text of wire-facts 5.1."""
        found = next((each for each in self.sets if each.name == name), None)
        if found is None:
            raise ODataError(
                HTTPStatus.NOT_FOUND, f"Could not find an entity set or function import for '{name}'."
            )
        return found
