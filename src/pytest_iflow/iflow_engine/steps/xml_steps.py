"""Steps on XML: filter, validator, modifier, and XSLT."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from functools import lru_cache
from posixpath import dirname, join, normpath

from lxml import etree

from pytest_iflow.bounded.process import CallError
from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions import xpath
from pytest_iflow.iflow_engine.expressions.ognl import as_text
from pytest_iflow.iflow_engine.expressions.simple import evaluated_text
from pytest_iflow.iflow_engine.failures import NotSupportedError, StepError
from pytest_iflow.iflow_engine.message import BodyError, Message
from pytest_iflow.iflow_engine.processing import Action, Processing
from pytest_iflow.iflow_engine.steps.csv_xml import schema_file
from pytest_iflow.iflow_engine.xml_process import require_saxon, xml_process
from pytest_iflow.iflow_engine.xml_tasks import schema_errors, transformed
from pytest_iflow.iflow_model.bundle import RESOURCES
from pytest_iflow.iflow_model.flow import Step

XSL = "{http://www.w3.org/1999/XSL/Transform}"
XSD = "{http://www.w3.org/2001/XMLSchema}"
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>\s*")
"""What a document begins with."""
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*(\[[^\]]*\])?\s*>")
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PARAMETER = re.compile(r"[A-Za-z_][\w.-]*")
_MOST_INCLUDED = 500
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

    def validate(processing: Processing, message: Message) -> None:
        scope = processing.scope(message, step)
        path = evaluated_text(settings.text("xsd"), scope)
        if settings.text("xmlSchemaSource") == "headerOption":
            path = as_text(message.headers.get(settings.text("headerSource")))
        if texts := _errors(deployed, path, message, processing.budget.seconds_left):
            words = "; ".join(texts[:20])
            if not settings.flag("preventException"):
                raise StepError(
                    f"XML validation failed: {words}",
                    "org.apache.camel.support.processor.validation.SchemaValidationException",
                )
            message.properties["SAP_XmlValidationResult"] = words
            message.headers["SAP_XmlValidationResult"] = words

    return validate


def _errors(deployed: DeployedFlow, path: str, message: Message, seconds: float) -> list[str]:
    """Return what is wrong with a body by a schema of the bundle, with those that it includes or imports."""
    own = schema_file(deployed, path)
    key = deployed.kept.setdefault("schemas", uuid.uuid4().hex)
    process, arguments = xml_process(), (schema_errors, key, path, message.body)
    try:
        found = process.call(*arguments, None, seconds=seconds)
        if found is None:
            files = _schema_files(deployed) | {path.rpartition("/")[2]: own}
            found = process.call(*arguments, files, seconds=seconds)
    except CallError as error:
        if error.kind == BodyError.__name__:
            return [str(error)]
        raise StepError(f"the schema {path} cannot be used: {error}") from error
    return list(found)


def _schema_files(deployed: DeployedFlow) -> dict[str, bytes]:
    """Return the schemas of the bundle by their names; those below ``xsd`` come first."""
    files = deployed.bundle.files
    return {
        name.rpartition("/")[2]: files[name]
        for folder in ("wsdl", "xsd")
        for name in files
        if name.startswith(f"{RESOURCES}{folder}/")
    }


def xml_modifier(step: Step, deployed: DeployedFlow) -> Action:
    """Return what takes the declaration, document types and characters that are no XML out of the body."""
    settings = deployed.settings(step.properties)
    handling = settings.text("xmlCharacterHandling", "none")
    if handling not in {"remove", "none", ""}:
        raise NotSupportedError(
            f"not supported by the local tenant: {step.name}, character handling {handling}"
        )

    def modify(_processing: Processing, message: Message) -> None:
        text = message.text()
        if settings.flag("removeXmlDeclaration"):
            declared = _DECLARATION.match(text)
            text = text[declared.end() :] if declared else text
        if settings.flag("removeExternalDTDs") and (found := _DOCTYPE.match(text, text.find("<!DOCTYPE"))):
            text = text[: found.start()] + text[found.end() :]
        if handling == "remove":
            text = _NO_XML.sub("", text)
        message.body = text

    return modify


def xslt_mapping(step: Step, deployed: DeployedFlow) -> Action:
    """Return what transforms the body by a stylesheet of the bundle.

    Its parameters are headers and properties of their names; ``setHeader`` and ``setProperty`` of SAP's
    namespace write (SAP's page "Access Header and Properties in XSLT Mapping").
    """
    settings = deployed.settings(step.properties)
    path = settings.text("mappingpath")
    is_named = settings.text("mappingSource") == "mappingSrcHeader"
    fixed = "" if is_named else stylesheet(deployed, path)

    def transform(processing: Processing, message: Message) -> None:
        text = fixed
        if is_named:
            name = as_text(message.headers.get(settings.text("mappingHeaderNameKey")))
            text = str(deployed.kept.get(f"stylesheet:{name}") or stylesheet(deployed, name))
            deployed.kept[f"stylesheet:{name}"] = text
        document = etree.tostring(message.tree(), encoding="unicode", with_tail=False)
        parameters = {
            name: as_text(value)
            for held in (message.properties, message.headers)
            for name, value in held.items()
            if _PARAMETER.fullmatch(name)
        } | {"exchange": "exchange"}
        given = {name: parameters[name] for name in _declared(text) if name in parameters}
        require_saxon()
        try:
            result, said = xml_process().call(
                transformed, text, document, given, seconds=processing.budget.seconds_left
            )
        except CallError as error:
            raise StepError(f"the stylesheet failed: {error}", _TRANSFORMATION_ERROR) from error
        _take_over(said, message)
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
            _include(deployed, root, own, [own], frozenset({own}))
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


def _include(
    deployed: DeployedFlow, root: etree._Element, path: str, included_all: list[str], seen: frozenset[str]
) -> None:
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
        included_all.append(other)
        if len(included_all) > _MOST_INCLUDED:
            raise StepError(f"the stylesheet {included_all[0]} includes more than {_MOST_INCLUDED} others")
        included = _stylesheet_root(content, other)
        _include(deployed, included, other, included_all, seen | {other})
        place = root.index(element)
        own = {_defined(one) for one in root} if element.tag == f"{XSL}import" else set()
        root[place : place + 1] = [one for one in included if _defined(one) not in own]


def _defined(element: etree._Element) -> object:
    """Return what a template, function, variable or the like is known by; other things by themselves."""
    known = [element.get(name) for name in ("name", "match", "mode", "priority")]
    return (element.tag, *known) if any(known) else element


def _take_over(said: Sequence[str], message: Message) -> None:
    """Set the headers and properties that a stylesheet said; its other messages go nowhere."""
    for text in said:
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
