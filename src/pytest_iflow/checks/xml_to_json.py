"""XML as JSON, by the rules of Cloud Integration's XML-to-JSON converter.

The rules, from SAP's pages on the converter (SAP-docs/btp-integration-suite, docs/ci/Development:
conversion-rules-for-xml-to-json-conversion-778aed7, limitations-for-xml-to-json-conversion-a5b4641, and
the example without namespace mapping, -2430dd4), for the converter without streaming:

* the root element is kept; elements and attributes go by their local names, namespaces are dropped;
* elements of one name become an array, at the place of the first, wherever they stand;
* every value is a text; an empty element is ``""``; blanks between elements are dropped, but an element
  that holds nothing but blanks keeps them;
* attributes are ``@name``; the text beside attributes or child elements is ``$``;
* comments, processing instructions, the DTD and unresolved entities are left out.

XML does not tell an array of one from a single value, nor an empty object from an empty text. The schema that
the message is judged with does, so two rules come from it, see ``Shape``:

* an element declared as array is an array even when it stands alone, as the converter does with streaming
  for the elements it is told of;
* an empty element declared as object, and not as text as well, is ``{}``: the converter would write
  ``""``, but in XML ``<Products/>`` *is* the object without members, and so a schema complains about
  the member that is missing rather than about a text. A JSON answer is judged as it is; a schema for the
  JSON answer of an empty element must allow ``""``.

Assumed, for SAP's pages do not say: attributes beside an empty text give no ``$``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from referencing import Resource
from referencing.jsonschema import DRAFT202012

from pytest_iflow.checks.document import Document
from pytest_iflow.checks.pattern_search import search

if TYPE_CHECKING:
    from lxml.etree import _Element

_SUBSCHEMAS = ("allOf", "anyOf", "oneOf")
_CONDITIONALS = ("then", "else")
# A schema may leave its type out; these keywords have an effect on that type only.
_IMPLIED_TYPES = {"properties": "object", "required": "object", "items": "array"}

_Declaration = tuple[Any, Any]
"""A schema, and the resolver of the library ``referencing`` that finds what its ``$ref`` points at."""


class Shape:
    """What a JSON Schema declares for one place of a message: array, object, or nothing.

    ``is_array``: the place holds an array. ``is_object``: its value (each item of an array) is an
    object and may not be a text. Follows ``$ref``, ``allOf``, ``anyOf``, ``oneOf``, ``then`` and ``else``
    lazily, so that schemas that refer to themselves work. Raises ``referencing``'s Unresolvable for a
    ``$ref`` that points nowhere.
    """

    __slots__ = ("_children", "_declarations", "is_array", "is_object")

    def __init__(self, declarations: Iterable[_Declaration]) -> None:
        place = list(_expanded(declarations))
        types = _types(place)
        self.is_array = "array" in types
        items = list(_expanded(_items(place)))
        value_types = _types(items) if self.is_array else types
        self.is_object = "object" in value_types and "string" not in value_types
        self._declarations = place + items
        self._children: dict[str, Shape] = {}

    def member(self, name: str) -> Shape:
        """Give the shape of the member ``name`` of this object, or of each object in this array."""
        if not self._declarations:
            return self
        if name not in self._children:
            self._children[name] = Shape(
                (schema, resolver)
                for parent, resolver in self._declarations
                for schema in _member_schemas(parent, name)
            )
        return self._children[name]


def _expanded(declarations: Iterable[_Declaration]) -> Iterator[_Declaration]:
    waiting = list(declarations)
    seen: set[int] = set()
    while waiting:
        schema, resolver = waiting.pop()
        if not isinstance(schema, dict) or id(schema) in seen:
            continue
        seen.add(id(schema))
        if "$id" in schema:
            own = Resource.from_contents(schema, default_specification=DRAFT202012)
            resolver = resolver.in_subresource(own)
        yield schema, resolver
        if "$ref" in schema:
            target = resolver.lookup(schema["$ref"])
            waiting.append((target.contents, target.resolver))
        waiting += [(part, resolver) for keyword in _SUBSCHEMAS for part in schema.get(keyword, ())]
        waiting += [(schema[keyword], resolver) for keyword in _CONDITIONALS if keyword in schema]


def _types(declarations: Iterable[_Declaration]) -> set[str]:
    types: set[str] = set()
    for schema, _ in declarations:
        declared = schema.get("type")
        if declared is None:
            types.update(implied for keyword, implied in _IMPLIED_TYPES.items() if keyword in schema)
        else:
            names = declared if isinstance(declared, list) else [declared]  # in draft 3 also schemas
            types.update(name for name in names if isinstance(name, str))
    return types


def _items(declarations: Iterable[_Declaration]) -> Iterator[_Declaration]:
    for schema, resolver in declarations:
        if "items" in schema:
            yield schema["items"], resolver


def _member_schemas(schema: dict[str, Any], name: str) -> list[Any]:
    found = [part for pattern, part in schema.get("patternProperties", {}).items() if search(pattern, name)]
    if name in schema.get("properties", {}):
        found.append(schema["properties"][name])
    return found or [schema.get("additionalProperties")]


UNDECLARED = Shape(())
"""The shape where there is no schema."""


def json_form(document: Document, shape: Shape = UNDECLARED) -> Any:
    """Give the JSON value of a document; XML is converted with what the schema's ``shape`` declares."""
    return xml_to_json(document.value, shape) if document.kind == "xml" else document.value


def xml_to_json(root: _Element, shape: Shape = UNDECLARED) -> dict[str, Any]:
    """Convert an XML message by the rules above; ``shape`` is that of the whole message."""
    name = _local_name(str(root.tag))
    place = shape.member(name)
    value = _value(root, place)
    return {name: [value] if place.is_array else value}


def _value(element: _Element, shape: Shape) -> Any:
    if not len(element) and not element.attrib:
        text = element.text or ""
        return {} if shape.is_object and not text.strip() else text
    members: dict[str, Any] = {f"@{_local_name(str(name))}": text for name, text in element.attrib.items()}
    groups: dict[str, list[_Element]] = {}
    for child in element:
        # Unresolved entities are children too, without a name.
        if isinstance(child.tag, str):
            groups.setdefault(_local_name(child.tag), []).append(child)
    for name, group in groups.items():
        place = shape.member(name)
        values = [_value(child, place) for child in group]
        members[name] = values if place.is_array or len(values) > 1 else values[0]
    text = _text_beside(element, between_elements=bool(groups))
    if not members:
        return text
    return {**members, "$": text} if text else members


def _text_beside(element: _Element, *, between_elements: bool) -> str:
    pieces = [element.text or "", *(child.tail or "" for child in element)]
    return "".join(piece for piece in pieces if piece.strip() or not between_elements)


def _local_name(name: str) -> str:
    # Five times faster than lxml's QName, and called for every element.
    return name.rpartition("}")[2]
