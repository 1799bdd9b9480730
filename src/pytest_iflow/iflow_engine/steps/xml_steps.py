"""Steps on XML: filter, validator, modifier, and XSLT."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from posixpath import dirname, join, normpath
from typing import Any

from lxml import etree

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions import xpath
from pytest_iflow.iflow_engine.expressions.ognl import as_text
from pytest_iflow.iflow_engine.expressions.simple import evaluated_text
from pytest_iflow.iflow_engine.failures import NotSupportedError, StepError
from pytest_iflow.iflow_engine.message import BodyError, Message
from pytest_iflow.iflow_engine.processing import Action, Processing
from pytest_iflow.iflow_engine.saxon import Saxon, said, saxon
from pytest_iflow.iflow_engine.steps.csv_xml import schema_file
from pytest_iflow.iflow_model.flow import Step

XSL = "{http://www.w3.org/1999/XSL/Transform}"
XSD = "{http://www.w3.org/2001/XMLSchema}"
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>\s*")
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*(\[[^\]]*\])?\s*>")
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PARAMETER = re.compile(r"[A-Za-z_][\w.-]*")
_MARK = "iflow-set"
_SAP_FUNCTIONS = ("http://sap.com/it/", "http://sap.com/hci")
"""Namespaces in which stylesheets call ``setHeader`` and ``setProperty``; SAP documents the first one."""
_SETTER = """
<xsl:function xmlns:xsl="http://www.w3.org/1999/XSL/Transform" name="Q{{{namespace}}}set{kind}" as="item()*">
 <xsl:param name="exchange"/><xsl:param name="name"/><xsl:param name="value"/>
 <xsl:variable name="text" select="string-join($value ! string(), '')"/>
 <xsl:message select="string-join(('{mark}', '{kind}', string($name), $text), '|')"/>
</xsl:function>"""
"""SaxonC calls no function of Python's, so what a stylesheet sets comes out of it as a message."""
_TRANSFORMATION_ERROR = "javax.xml.transform.TransformerException"


def content_filter(step: Step, deployed: DeployedFlow) -> Action:
    """Return what makes the body what an XPath finds in it (SAP's page "Define Filter")."""
    settings = deployed.settings(step.properties)
    expression = settings.text("wrapContent")
    wanted = settings.text("xpathType", "Nodelist")

    def keep(processing: Processing, message: Message) -> None:
        found = xpath.found_by(expression, processing.scope(message, step))
        if wanted == "Nodelist":
            message.body = xpath.written(found)
        elif wanted == "Node":
            message.body = xpath.written(found[:1] if isinstance(found, list) else found)
        elif wanted == "Boolean":
            message.body = "true" if found else "false"
        else:
            message.body = xpath.text_of(found)

    return keep


def xml_validator(step: Step, deployed: DeployedFlow) -> Action:
    """Return what validates the body by a schema of the bundle.

    With *Prevent Exception on Failure* the errors come into ``SAP_XmlValidationResult`` instead: SAP's pages
    call it a property, and a header; it is both here.
    """
    settings = deployed.settings(step.properties)
    schemas: dict[str, etree.XMLSchema] = {}

    def validate(processing: Processing, message: Message) -> None:
        scope = processing.scope(message, step)
        path = evaluated_text(settings.text("xsd"), scope)
        if settings.text("xmlSchemaSource") == "headerOption":
            path = as_text(message.headers.get(settings.text("headerSource")))
        if path not in schemas:
            schemas[path] = _schema(deployed, path)
        try:
            errors = [] if schemas[path].validate(message.tree()) else list(schemas[path].error_log)
            texts = [f"line {error.line}: {error.message}" for error in errors]
        except BodyError as error:
            texts = [str(error)]
        if texts:
            words = "; ".join(texts[:20])
            if not settings.flag("preventException"):
                raise StepError(
                    f"XML validation failed: {words}",
                    "org.apache.camel.support.processor.validation.SchemaValidationException",
                )
            message.properties["SAP_XmlValidationResult"] = words
            message.headers["SAP_XmlValidationResult"] = words

    return validate


def _schema(deployed: DeployedFlow, path: str) -> etree.XMLSchema:
    """Return a schema with those that it includes or imports, of the bundle only."""

    class OfBundle(etree.Resolver):
        def resolve(self, system_url: str | None, public_id: str | None, context: Any) -> Any:  # noqa: ARG002
            name = (system_url or "").rpartition("/")[2]
            found = deployed.bundle.resource(f"xsd/{name}") or deployed.bundle.resource(f"wsdl/{name}")
            return self.resolve_string(found or b"", context)

    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    parser.resolvers.add(OfBundle())
    try:
        root = etree.fromstring(
            schema_file(deployed, path), parser, base_url=f"xsd/{path.rpartition('/')[2]}"
        )
        return etree.XMLSchema(root)
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise StepError(f"the schema {path} cannot be used: {error}") from error


def xml_modifier(step: Step, deployed: DeployedFlow) -> Action:
    """Return what takes the declaration, document types and characters that are no XML out of the body."""
    settings = deployed.settings(step.properties)

    def modify(_processing: Processing, message: Message) -> None:
        text = message.text()
        if settings.flag("removeXmlDeclaration"):
            text = _DECLARATION.sub("", text, count=1)
        if settings.flag("removeExternalDTDs"):
            text = _DOCTYPE.sub("", text)
        handling = settings.text("xmlCharacterHandling", "none")
        if handling == "remove":
            text = _NO_XML.sub("", text)
        elif handling not in {"none", ""}:
            raise NotSupportedError(
                f"not supported by the local tenant: {step.name}, character handling {handling}"
            )
        message.body = text

    return modify


def xslt_mapping(step: Step, deployed: DeployedFlow) -> Action:
    """Return what transforms the body by a stylesheet of the bundle.

    Its parameters are headers and properties of their names; ``setHeader`` and ``setProperty`` of SAP's
    namespace write (SAP's page "Access Header and Properties in XSLT Mapping").
    """
    settings = deployed.settings(step.properties)

    def transform(processing: Processing, message: Message) -> None:
        path = settings.text("mappingpath")
        if settings.text("mappingSource") == "mappingSrcHeader":
            path = as_text(message.headers.get(settings.text("mappingHeaderNameKey")))
        text = stylesheet(deployed, path)
        document = etree.tostring(message.tree(), encoding="unicode", with_tail=False)
        parameters = {
            name: as_text(value)
            for held in (message.properties, message.headers)
            for name, value in held.items()
            if _PARAMETER.fullmatch(name)
        }
        seconds = processing.budget.seconds_left
        task = _transformation(text, document, parameters, message)
        result: str = saxon().run(task, seconds)
        message.body = result if settings.text("mappingoutputformat") == "String" else result.encode()

    return transform


def stylesheet(deployed: DeployedFlow, path: str) -> str:
    """Return a stylesheet of the bundle with those that it includes in it; raises StepError."""
    candidates = [
        path,
        f"{path}.xsl",
        f"{path}.xslt",
        f"mapping/{path}",
        f"mapping/{path}.xsl",
        f"mapping/{path}.xslt",
    ]
    for name in candidates:
        own = name.removeprefix("src/main/resources/")
        if (found := deployed.bundle.resource(own)) is not None:
            root = _stylesheet_root(found, own)
            _include(deployed, root, own, frozenset({own}))
            if java := sorted(
                {uri for one in root.iter("*") for uri in one.nsmap.values() if uri.startswith("java:")}
            ):
                raise NotSupportedError(
                    f"not supported by the local tenant: stylesheet that calls Java, {java[0]}"
                )
            for namespace in _SAP_FUNCTIONS:
                for kind in ("Header", "Property"):
                    root.append(
                        etree.fromstring(_SETTER.strip().format(namespace=namespace, kind=kind, mark=_MARK))
                    )
            return etree.tostring(root, encoding="unicode")
    raise StepError(f"the bundle has no stylesheet {path!r}", _TRANSFORMATION_ERROR)


def _stylesheet_root(content: bytes, path: str) -> etree._Element:
    try:
        return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise StepError(f"the stylesheet {path} is no XML: {error}", _TRANSFORMATION_ERROR) from error


def _include(deployed: DeployedFlow, root: etree._Element, path: str, seen: frozenset[str]) -> None:
    """Put the content of included stylesheets in place of the includes.

    Of imported ones what is defined here with the same name, match and mode is left out: it comes first here.
    """
    for element in [*root.iterfind(f"{XSL}import"), *root.iterfind(f"{XSL}include")]:
        other = normpath(join(dirname(path), element.get("href") or ""))
        content = deployed.bundle.resource(other)
        if content is None or other in seen:
            raise StepError(
                f"the stylesheet {path} includes {element.get('href')}, which is not in the bundle"
            )
        included = _stylesheet_root(content, other)
        _include(deployed, included, other, seen | {other})
        place = root.index(element)
        own = {_defined(one) for one in root} if element.tag == f"{XSL}import" else set()
        root[place : place + 1] = [one for one in included if _defined(one) not in own]


def _defined(element: etree._Element) -> object:
    """Return what a template, function, variable or the like is known by; other things by themselves."""
    known = [element.get(name) for name in ("name", "match", "mode", "priority")]
    return (element.tag, *known) if any(known) else element


def _transformation(
    text: str, document: str, parameters: dict[str, str], message: Message
) -> Callable[[Saxon], str]:
    def transform(held: Saxon) -> str:
        from saxonche import PySaxonApiError

        processor = held.processor
        try:
            if text not in held.kept:
                held.kept[text] = processor.new_xslt30_processor().compile_stylesheet(stylesheet_text=text)
            executable = held.kept[text].clone()
            executable.set_capture_result_documents(True)
            executable.set_save_xsl_message(True)
            for name in _declared(text):
                value = "exchange" if name == "exchange" else parameters.get(name)
                if value is not None:
                    executable.set_parameter(name, held.untyped(value))
            result = executable.transform_to_string(xdm_node=processor.parse_xml(xml_text=document))
        except PySaxonApiError as error:
            raise StepError(f"the stylesheet failed: {said(error)}", _TRANSFORMATION_ERROR) from error
        _take_over(executable.get_xsl_messages(), message)
        return result or ""

    return transform


def _take_over(messages: Any, message: Message) -> None:
    """Set the headers and properties that a stylesheet said; its other messages go nowhere."""
    for place in range(messages.size if messages is not None else 0):
        text = str(messages.item_at(place).string_value)
        mark, _, rest = text.partition("|")
        kind, _, rest = rest.partition("|")
        if mark == _MARK:
            name, _, value = rest.partition("|")
            (message.headers if kind == "Header" else message.properties)[name] = value


@lru_cache(maxsize=256)
def _declared(text: str) -> tuple[str, ...]:
    """Return the names of the parameters that a stylesheet declares."""
    root = etree.fromstring(text.encode())
    return tuple(element.get("name") or "" for element in root.iterfind(f"{XSL}param"))
