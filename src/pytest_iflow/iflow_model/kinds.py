"""Our words for SAP's kinds of steps, and which properties hold the address of an adapter.

Counted over the public packages of SAP's recipes, samples and CodeJams; kinds that stand in none of them are
those of SAP's documentation and are marked ``assumed``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pytest_iflow.iflow_model.flow import UNKNOWN, ConditionLanguage

BY_VARIANT = {
    ("Enricher", "Enricher"): "content modifier",
    ("Script", "GroovyScript"): "Groovy script",
    ("Script", "JavaScript"): "JavaScript",
    ("ProcessCallElement", "NonLoopingProcess"): "process call",
    ("ProcessCallElement", "LoopingProcess"): "looping process call",
    ("IdempotentProcessCall", "IdempotentProcessCall"): "idempotent process call",
    ("ExternalCall", "ExternalCall"): "request-reply",
    ("Send", "Send"): "send",
    ("PollEnrich", "PollEnrich"): "poll enrich",
    ("contentEnricherWithLookup", "contentEnricherWithLookup"): "content enricher",
    ("ExclusiveGateway", "ExclusiveGateway"): "router",
    ("Multicast", "Multicast"): "parallel multicast",
    ("SequentialMulticast", "SequentialMulticast"): "sequential multicast",
    ("Join", "Join"): "join",
    ("Gather", "Gather"): "gather",
    ("Aggregator", "Aggregator"): "aggregator",
    ("Mapping", "MessageMapping"): "message mapping",
    ("Mapping", "OperationMapping"): "operation mapping",  # assumed
    ("Mapping", "XSLTMapping"): "XSLT mapping",
    ("DBstorage", "put"): "data store write",
    ("DBstorage", "get"): "data store get",
    ("DBstorage", "select"): "data store select",
    ("DBstorage", "delete"): "data store delete",
    ("Variables", "Variables"): "write variables",
    ("Persist", "Persist"): "persist",
    ("Filter", "Filter"): "filter",
    ("JsonToXmlConverter", "JsonToXmlConverter"): "JSON to XML converter",
    ("XmlToJsonConverter", "XmlToJsonConverter"): "XML to JSON converter",
    ("CsvToXmlConverter", "CsvToXmlConverter"): "CSV to XML converter",
    ("XmlToCsvConverter", "XmlToCsvConverter"): "XML to CSV converter",
    ("EDItoXMLConverter", "EDItoXMLConverter"): "EDI to XML converter",
    ("XMLtoEDIConverter", "XMLtoEDIConverter"): "XML to EDI converter",
    ("EDIExtractor", "EDIExtractor"): "EDI extractor",
    ("XmlValidator", "XmlValidator"): "XML validator",
    ("EDIValidator", "EDIValidator"): "EDI validator",  # assumed
    ("XmlModifier", "XmlModifier"): "XML modifier",
    ("Splitter", "GeneralSplitter"): "general splitter",
    ("Splitter", "Camel"): "iterating splitter",
    ("Splitter", "IteratingSplitter"): "iterating splitter",
    ("Splitter", "EDISplitter"): "EDI splitter",
    ("Splitter", "IDoc"): "IDoc splitter",
    ("Splitter", "PKCS#7/CMS Signature-Content Splitter"): "PKCS#7 splitter",
    ("Splitter", "ZipSplitter"): "ZIP splitter",  # assumed
    ("Splitter", "TarSplitter"): "TAR splitter",  # assumed
    ("Encoder", "Base64 Encode"): "Base64 encoder",
    ("Encoder", "ZIP Compress"): "ZIP compression",
    ("Encoder", "GZIP Compress"): "GZIP compression",  # assumed
    ("Encoder", "URL Encode"): "URL encoder",  # assumed
    ("Encoder", "MIME Multipart Message Encode"): "MIME multipart encoder",
    ("Decoder", "Base64 Decode"): "Base64 decoder",
    ("Decoder", "ZIP Decompress"): "ZIP decompression",
    ("Decoder", "GZIP Decompress"): "GZIP decompression",  # assumed
    ("Decoder", "URL Decode"): "URL decoder",  # assumed
    ("Decoder", "MIME Multipart Message Decode"): "MIME multipart decoder",
    ("PgpEncrypt", "PgpEncrypt"): "PGP encryptor",
    ("PgpDecrypt", "PgpDecrypt"): "PGP decryptor",
    ("SignMessage", "SignMessage"): "PKCS#7 signer",
    ("SimpleSignMessage", "SimpleSignMessage"): "simple signer",
    ("XMLDigitalSignMessage", "XMLDigitalSignMessage"): "XML signer",
    ("StartEvent", "StartEvent"): "start",
    ("EndEvent", "EndEvent"): "end",
    ("StartTimerEvent", "intermediatetimer"): "timer start",
    ("StartErrorEvent", "ErrorStartEvent"): "error start",
    ("EndErrorEvent", "ErrorEndEvent"): "error end",
    ("EscalationEndEvent", "EscalationEndEvent"): "escalation end",
    ("TerminateEvent", "TerminateEndEvent"): "terminate end",
}
"""The kind of a step by its ``activityType`` and the ``cname`` of its ``cmdVariantUri``."""

_BY_ELEMENT = {
    ("startEvent", ""): "start",
    ("startEvent", "messageEventDefinition"): "message start",
    ("startEvent", "timerEventDefinition"): "timer start",
    ("startEvent", "errorEventDefinition"): "error start",
    ("endEvent", ""): "end",
    ("endEvent", "messageEventDefinition"): "message end",
    ("endEvent", "errorEventDefinition"): "error end",
    ("endEvent", "escalationEventDefinition"): "escalation end",
    ("endEvent", "terminateEventDefinition"): "terminate end",
    ("exclusiveGateway", ""): "router",
}
"""The kind of an event or gateway, which BPMN says by element and event definition; SAP adds nothing."""

_BY_BARE_ELEMENT = {"serviceTask": "request-reply"}
"""The kind of a step that has no property at all, as early versions of the editor wrote it."""

_VARIANT_PROPERTIES = ("subActivityType", "splitType", "encoderType", "mappingType", "operation")
"""Where steps of early versions, without a ``cmdVariantUri``, say what variant they are."""

_ONE_VARIANT = {
    activity: variant
    for activity, variant in BY_VARIANT
    if sum(one == activity for one, _ in BY_VARIANT) == 1
}
_BY_ENDING = {"groovy": "GroovyScript", "gsh": "GroovyScript", "js": "JavaScript", "mmap": "MessageMapping"}

_ADDRESSES = {
    "HTTP": ("httpAddressWithoutQuery",),
    "HTTPS": ("urlPath",),
    "Mail": ("server",),
    "SFTP": ("host", "path"),
    "PollingSFTP": ("host", "path"),
    "FTP": ("host", "path"),
    "JDBC": ("alias",),
    "JMS": ("QueueName_inbound", "QueueName_outbound"),
    "RFC": ("destination",),
    "AMQP": ("host", "destinationName"),
    "AdvancedEventMesh": ("host", "destinationName"),
    "RabbitMQ": ("addresses", "queue"),
    "XI": ("Address",),
    "DataStoreConsumer": ("storageName",),
    "Pricefx-SAP-Integration-Adapter": ("pricefxHost",),
    "Pricefx-MQ-Integration-Adapter": ("hostname", "queue"),
}
"""The properties that hold the address of an adapter, where it is not ``address``."""

_LANGUAGES: dict[str, ConditionLanguage] = {"XML": "xpath", "NonXML": "simple", "Non XML": "simple"}

_VARIANT_URI = re.compile(
    r"cname::(?P<name>.*?)(?:/vendor::[^/]*)?(?:/version::(?P<version>[^/]*))?$", re.DOTALL
)


def variant_of(uri: str) -> tuple[str, str]:
    """Return name and version that a ``cmdVariantUri`` of a step says, empty where it says none."""
    found = _VARIANT_URI.search(uri)
    return (found["name"], found["version"] or "") if found else ("", "")


def condition_language(expression_type: str) -> ConditionLanguage:
    """Return the language of a condition by its ``expressionType``, empty where that is not known."""
    return _LANGUAGES.get(expression_type, "")


def step_kind(element: str, definition: str, variant: str, properties: Mapping[str, str]) -> str:
    """Return our word for a step, or "unknown".

    ``element`` is the BPMN element, ``definition`` the one of its event, ``variant`` what its
    ``cmdVariantUri`` says.
    """
    if kind := _BY_ELEMENT.get((element, definition)):
        return kind
    activity = properties.get("activityType", "")
    candidates = [variant] if variant else _older_variants(activity, properties)
    kinds = (BY_VARIANT.get((activity, candidate)) for candidate in candidates)
    return next(filter(None, kinds), UNKNOWN if activity else _BY_BARE_ELEMENT.get(element, UNKNOWN))


def _older_variants(activity: str, properties: Mapping[str, str]) -> list[str]:
    """Return what variant a step may be that has no ``cmdVariantUri``."""
    found = [properties[name] for name in _VARIANT_PROPERTIES if name in properties]
    if activity == "Script":
        found.append(_BY_ENDING.get(properties.get("script", "").rpartition(".")[2].lower(), ""))
    if activity == "Mapping":
        found.append("XSLTMapping" if "/xslt/" in properties.get("mappinguri", "") else "")
        found.append(_BY_ENDING.get(properties.get("mappinguri", "").rpartition(".")[2].lower(), ""))
    if activity == "ProcessCallElement":
        found.append("NonLoopingProcess")
    found.append(_ONE_VARIANT.get(activity, ""))
    return found


def address_properties(kind: str) -> tuple[str, ...]:
    """Return the properties that hold the address of an adapter of a kind."""
    return _ADDRESSES.get(kind, ("address",))


def adapter_address(kind: str, properties: Mapping[str, str]) -> str:
    """Return where an adapter leads; what a kind has in several properties is joined with slashes."""
    parts = [properties.get(name, "").strip() for name in address_properties(kind)]
    return "/".join(part.strip("/") if number else part for number, part in enumerate(filter(None, parts)))
