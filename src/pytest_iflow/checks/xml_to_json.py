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

Two rules come from the schema that the message is judged with, see ``Shape``:

* an element declared as array is an array even when it stands alone, as the converter does with streaming
  for the elements it is told of;
* an empty element declared as object, and not as text as well, is ``{}``: the converter would write
  ``""``, but in XML ``<Products/>`` *is* the object without members, and so a schema complains about
  the member that is missing rather than about a text. A JSON answer is judged as it is; a schema for the
  JSON answer of an empty element must allow ``""``.

Assumed, for SAP's pages do not say: attributes beside an empty text give no ``$``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_iflow.checks.document import Document
from pytest_iflow.checks.shape import UNDECLARED, Shape

if TYPE_CHECKING:
    from lxml.etree import _Element


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
