"""The functions that the other process runs (``xml_process.py``): what they take and give can be pickled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from lxml import etree

from pytest_iflow.iflow_engine.message import parsed_xml

_PLACE = re.compile(r"\s+of file:///\S*")
_NO_ADDRESS = ("http://saxon.sf.net/feature/allowedProtocols", "none")
_SERIALIZED = "serialize(., map{'indent': false(), 'omit-xml-declaration': true()})"
_MOST_KEPT = 200
"""Stylesheets and schemas that are kept for the next message."""

Item = tuple[bool, str]
"""A node or value that an XPath found: whether it is an element, and its XML or its text."""


class SaxonError(Exception):
    """What Saxon says is wrong, without the folder of this process in it."""


@lru_cache(maxsize=1)
def _processor() -> Any:
    """Return the one processor; it reads no file and no address, except for what is handed to it."""
    from saxonche import PySaxonProcessor

    processor = PySaxonProcessor(license=False)
    processor.set_configuration_property(*_NO_ADDRESS)
    return processor


def _untyped(text: str) -> Any:
    """Return a text as a value without a type, so that ``$quantity * 2`` counts."""
    # ``make_atomic_value`` of saxonche 13.1 ends the process for this type.
    xpath = _processor().new_xpath_processor()
    xpath.declare_variable("text")
    xpath.set_parameter("text", _processor().make_string_value(text))
    return xpath.evaluate_single("xs:untypedAtomic($text)")


def _said(error: Exception) -> SaxonError:
    return SaxonError(_PLACE.sub("", str(error)).strip())


def found_by_saxon(
    expression: str, document: str, namespaces: Mapping[str, str], values: Mapping[str, str]
) -> bool | float | str | list[Item]:
    """Return what an XPath finds: a single value, or the items of a list; raises SaxonError."""
    from saxonche import PySaxonApiError

    xpath = _processor().new_xpath_processor()
    for prefix, uri in namespaces.items():
        xpath.declare_namespace(prefix, uri)
    try:
        xpath.set_context(xdm_item=_processor().parse_xml(xml_text=document))
        for name, value in values.items():
            xpath.declare_variable(name)
            xpath.set_parameter(name, _untyped(value))
        result = xpath.evaluate(expression)
    except PySaxonApiError as error:
        raise _said(error) from error
    items = [result.item_at(place) for place in range(result.size)] if result is not None else []
    if len(items) == 1 and items[0].is_atomic:
        return _atomic(items[0])
    return [(False, str(item.string_value)) if item.is_atomic else _node(item, xpath) for item in items]


def _atomic(item: Any) -> bool | float | str:
    name = str(item.primitive_type_name).rpartition("}")[2].rpartition(":")[2]
    text = str(item.string_value)
    if name == "boolean":
        return text == "true"
    return float(text) if name in {"integer", "decimal", "double", "float"} else text


def _node(item: Any, xpath: Any) -> Item:
    if item.node_kind_str not in {"element", "document"}:
        return False, str(item.string_value)
    xpath.set_context(xdm_item=item)
    return True, str(xpath.evaluate_single(_SERIALIZED).string_value)


def transformed(text: str, document: str, parameters: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return what a stylesheet makes of a document, and the messages that it said; raises SaxonError."""
    from saxonche import PySaxonApiError

    try:
        executable = _compiled(text).clone()
        executable.set_capture_result_documents(True)
        executable.set_save_xsl_message(True)
        for name, value in parameters.items():
            executable.set_parameter(name, _untyped(value))
        result = executable.transform_to_string(xdm_node=_processor().parse_xml(xml_text=document))
    except PySaxonApiError as error:
        raise _said(error) from error
    messages = executable.get_xsl_messages()
    count = messages.size if messages is not None else 0
    return result or "", [str(messages.item_at(place).string_value) for place in range(count)]


@lru_cache(maxsize=_MOST_KEPT)
def _compiled(text: str) -> Any:
    return _processor().new_xslt30_processor().compile_stylesheet(stylesheet_text=text)


_SCHEMAS: dict[tuple[str, str], etree.XMLSchema] = {}
"""Schemas by the bundle and their path."""


def schema_errors(
    bundle: str, path: str, body: str | bytes | None, files: Mapping[str, bytes] | None
) -> list[str] | None:
    """Return what is wrong with a body by the schema of a bundle; None where ``files`` are needed first.

    ``bundle`` stands for the content of all files, which are those of the bundle by their names without a
    folder. Raises BodyError, ``etree.XMLSyntaxError`` and ``etree.XMLSchemaParseError``.
    """
    key = (bundle, path)
    if key not in _SCHEMAS:
        if files is None:
            return None
        if len(_SCHEMAS) >= _MOST_KEPT:
            _SCHEMAS.clear()
        _SCHEMAS[key] = _schema(path, files)
    schema = _SCHEMAS[key]
    if schema.validate(parsed_xml(body)):
        return []
    return [f"line {error.line}: {error.message}" for error in schema.error_log]


def _schema(path: str, files: Mapping[str, bytes]) -> etree.XMLSchema:
    class OfBundle(etree.Resolver):
        def resolve(self, system_url: str | None, public_id: str | None, context: Any) -> Any:  # noqa: ARG002
            return self.resolve_string(files.get((system_url or "").rpartition("/")[2], b""), context)

    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    parser.resolvers.add(OfBundle())
    name = path.rpartition("/")[2]
    return etree.XMLSchema(etree.fromstring(files[name], parser, base_url=f"xsd/{name}"))
