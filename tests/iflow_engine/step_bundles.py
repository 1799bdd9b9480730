"""A table of small bundles: for each kind of step and adapter one message that passes and one that fails.

``test_iflow_engine_registry.py`` runs them, and holds the table against the registry of the engine. A kind
that the engine gets needs a row here. Where nothing can fail in a step by itself, its row says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pytest_iflow.iflow_engine.receivers.receivers import Answer
from tests import engine_flows as flows
from tests import exported_bundles as made
from tests import message_mappings as mappings

NEVER = "nothing of its own fails in it"
OF_RECEIVER = "an adapter that fails ends the message at the step that sends"

FAILS = made.step("fails", "Fails", "Filter", wrapContent="//[")
GROOVY = (
    b"def processData(message) { if (message.getBody(String) == 'bad') throw new Exception('no'); message }"
)
XSL = 'xmlns:xsl="http://www.w3.org/1999/XSL/Transform"'


@dataclass(frozen=True)
class Case:
    """One message through one bundle; an ``error`` is a part of its text, ``at`` the step that it is of.

    ``body`` is a part of the reply, for which the sender ``waits`` or not. ``others`` are deployed, too.
    """

    files: Mapping[str, bytes]
    message: str | bytes = "<a/>"
    body: str = ""
    error: str = ""
    at: str = "s"
    headers: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    others: Sequence[Mapping[str, bytes]] = ()
    needs_groovy: bool = False
    waits: bool = True


@dataclass(frozen=True)
class Pair:
    """A case that passes, and one that fails, or why there is none."""

    passes: Case
    fails: Case | str


def of_step(activity: str, said: str = "", *, more: str = "", **properties: str) -> dict[str, bytes]:
    """Return the bundle of one step between start and end, or of more of them."""
    step = made.step("s", "Step", activity, said, **properties)
    return flows.bundle_files(flows.row([flows.start(), step, *([more] if more else []), flows.end()]))


def of_modifier(**tables: str) -> dict[str, bytes]:
    """Return the bundle of a content modifier."""
    return flows.bundle_files(flows.row([flows.start(), flows.modifier("s", **tables), flows.end()]))


def coding(kind: str, body: str, message: str | bytes = "<a/>") -> Case:
    """Return a case of an encoder or decoder that passes."""
    activity = "Decoder" if "Dec" in kind else "Encoder"
    return Case(of_step(activity, kind, encoderType=kind), message, body)


def damaged(kind: str, message: str | bytes, error: str) -> Case:
    """Return a case of a decoder that fails."""
    return Case(of_step("Decoder", kind, encoderType=kind), message, error=error)


def stored(operation: str, **properties: str) -> dict[str, bytes]:
    """Return the bundle of a data store operation, which another one has filled."""
    return of_step("DBstorage", operation, operation=operation, storageName="S", **properties)


def filled(operation: str, **properties: str) -> dict[str, bytes]:
    """Return a bundle that writes an entry, then works on it."""
    write = made.step("w", "w", "DBstorage", "put", operation="put", storageName="S", messageId="1")
    step = made.step("s", "s", "DBstorage", operation, operation=operation, storageName="S", **properties)
    return flows.bundle_files(flows.row([flows.start(), write, step, flows.end()]))


def calling(activity: str, said: str, inner: str, more: str = "", **properties: str) -> dict[str, bytes]:
    """Return the bundle of a call of a local process."""
    step = made.step("s", "Call", activity, said, more=more, processId="inner", **properties)
    parts = flows.row([flows.start(), step, flows.end()])
    return flows.bundle_files(parts, [flows.local("inner", inner)])


ESCALATES = [
    made.event("inner-start", "Start"),
    made.event("esc", "Escalation", "endEvent", "escalation", ErrorCode="ReceiverNotFound"),
]
CALL_INNER = made.step("s", "Call", "ProcessCallElement", "NonLoopingProcess", processId="inner")
LOOP = (
    '<bpmn2:standardLoopCharacteristics id="l" loopMaximum="3"><bpmn2:loopCondition id="c">'
    "${property.CamelLoopIndex} = '0'</bpmn2:loopCondition></bpmn2:standardLoopCharacteristics>"
)
REPEATS = {"more": LOOP, "postProcessing": "DONT_FAIL", "expressionType": "Non XML"}


def sending(
    kind: str, activity: str = "ExternalCall", step: Mapping[str, str] | None = None, /, **properties: str
) -> dict[str, bytes]:
    """Return the bundle of a step that sends by an adapter."""
    call = flows.call_step("s", activity, **(step or {}))
    parts = flows.row([flows.start(), call, flows.end()])
    return flows.bundle_files(parts, (), flows.receiver("Shop", kind, "s", **properties))


HTTP = {"httpAddressWithoutQuery": "https://shop.example", "httpMethod": "POST"}
OK = {"Shop": Answer(200, b"<ok/>")}
BAD = {"Shop": Answer(500, b"no")}


def routed(condition: str, *, throws: str = "false") -> dict[str, bytes]:
    """Return the bundle of a router without a default route."""
    setting = f"<ifl:property><key>throwException</key><value>{throws}</value></ifl:property><ifl:property>"
    parts = [
        flows.start(),
        made.router("s", "Router", ["yes"], "").replace("<ifl:property>", setting, 1),
        flows.end(),
        made.route("r0", "start", "s"),
        made.route("yes", "s", "end", condition, "XML"),
    ]
    return flows.bundle_files(parts)


def side_by_side(kind: str, algorithm: str = "concatenate-strategy", first: str = "") -> dict[str, bytes]:
    """Return the bundle of a multicast with a join and a gather."""
    held = {"activityType": kind, "cmdVariantUri": made.variant(kind)}
    join = {"activityType": "Join", "cmdVariantUri": made.variant("Join")}
    gather = {"aggregationAlgorithm": algorithm, "sourceXPath": "//[", "targetXPath": "/x"}
    parts = [
        flows.start(),
        made.tag("parallelGateway", "s", "Both", made.extension(held)),
        first or flows.modifier("one", "<one/>"),
        flows.modifier("two", "<two/>"),
        made.tag("parallelGateway", "join", "Join", made.extension(join)),
        made.step("gather", "Gather", "Gather", **gather),
        flows.end(),
        made.route("r0", "start", "s"),
        *(made.route(f"to-{own}", "s", own) for own in (flows.own_id(first) or "one", "two")),
        *(made.route(f"from-{own}", own, "join") for own in (flows.own_id(first) or "one", "two")),
        made.route("r1", "join", "gather"),
        made.route("r2", "gather", "end"),
    ]
    return flows.bundle_files(parts)


def ending(definition: str, **properties: str) -> dict[str, bytes]:
    """Return the bundle of another end than a message end."""
    end = made.event("s", "End", "endEvent", definition, **properties)
    return flows.bundle_files(flows.row([flows.start(), end]))


def split(said: str, path: str) -> dict[str, bytes]:
    """Return the bundle of a splitter with a gather."""
    gather = made.step("g", "g", "Gather", aggregationAlgorithm="concatenate-strategy")
    return of_step("Splitter", said, splitType=said, exprType="XPath", splitExprValue=path, more=gather)


def by_sender(sender: str, *steps: str) -> dict[str, bytes]:
    """Return a bundle with a sender adapter."""
    parts = flows.row([flows.start(), *steps, flows.end()])
    return flows.bundle_files(parts, sender=sender, by={"storageName": "S", "QueueName_inbound": "q"})


def of_sender(sender: str) -> Pair:
    """Return the pair of a sender adapter: the message comes to the flow, whose step may fail."""
    return Pair(
        Case(by_sender(sender), body="<a/>"),
        Case(by_sender(sender, FAILS), error="//[", at="fails"),
    )


START = flows.bundle_files(flows.row([flows.start(), flows.end()]))
SCHEMA = mappings.schema('<xs:element name="a"/>')
ENRICH = {
    "enrichmentType": "xmlLookupAggregation",
    "originalMessageNodePath": "L/E",
    "originalMessageKeyElement": "x",
    "resourceMessageNodePath": "C/c",
    "resourceMessageKeyElement": "k",
}
COLLECT = {"aggregationAlgorithm": "sap-id-list", "messageSequenceExpression": "/a/n"}


def transformed(content: str) -> dict[str, bytes]:
    """Return the bundle of an XSLT mapping."""
    settings = {"mappingpath": "src/main/resources/mapping/m", "mappingSource": "mappingSrcIflow"}
    body = f'<xsl:template match="/">{content}</xsl:template>'
    sheet = f'<xsl:stylesheet version="3.0" {XSL}>{body}</xsl:stylesheet>'
    files = of_step("Mapping", "XSLTMapping", mappingoutputformat="String", **settings)
    return files | {f"{flows.XSLT_FOLDER}m.xsl": sheet.encode()}


def mapped() -> dict[str, bytes]:
    """Return the bundle of a message mapping."""
    step = mappings.mapping_step().replace('id="map"', 'id="s"')
    parts = flows.row([flows.start(), step, flows.end()])
    return flows.bundle_files(parts) | mappings.mapping_files(
        mappings.mmap({"/out/value": mappings.const("x")})
    )


def lines(path: str) -> dict[str, bytes]:
    """Return the bundle of a converter from CSV."""
    schema = mappings.schema(
        '<xs:element name="O"><xs:complexType><xs:sequence><xs:element name="R"><xs:complexType><xs:sequence>'
        '<xs:element name="I" type="xs:string"/></xs:sequence></xs:complexType></xs:element></xs:sequence>'
        "</xs:complexType></xs:element>"
    )
    files = of_step("CsvToXmlConverter", XML_Schema_File_Path="/xsd/o.xsd", XPath_Field_Location=path)
    return files | {f"{flows.XSD_FOLDER}o.xsd": schema}


def checked() -> dict[str, bytes]:
    """Return the bundle of an XML validator."""
    return of_step("XmlValidator", xsd="/xsd/a.xsd", preventException="false") | {
        f"{flows.XSD_FOLDER}a.xsd": SCHEMA
    }


def scripted() -> dict[str, bytes]:
    """Return the bundle of a script."""
    files = of_step("Script", "GroovyScript", script="a.groovy", componentVersion="1.1")
    return files | {"src/main/resources/script/a.groovy": GROOVY}


def handled(*steps: str, ends: str = "") -> dict[str, bytes]:
    """Return the bundle of an exception sub-process."""
    return flows.bundle_files(
        [*flows.row([flows.start(), FAILS, flows.end()]), flows.handler(*steps, ends=ends)]
    )


STEPS: dict[str, Pair] = {
    "content modifier": Pair(
        Case(of_modifier(body="<b>${body}</b>"), body="<b><a/></b>"),
        Case(of_modifier(headerTable=flows.table(flows.header("h", "//[", "xpath"))), error="//["),
    ),
    "Groovy script": Pair(
        Case(scripted(), "good", "good", needs_groovy=True),
        Case(scripted(), "bad", error="java.lang.Exception: no", needs_groovy=True),
    ),
    "aggregator": Pair(
        Case(
            of_step("Aggregator", correlationExpression="/a", lastMessageCondition="/a", **COLLECT),
            "<a><n>1</n></a>",
            "<n>1</n>",
        ),
        Case(of_step("Aggregator", correlationExpression="//[", **COLLECT), error="//["),
    ),
    "filter": Pair(
        Case(of_step("Filter", wrapContent="/a/b", xpathType="Nodelist"), "<a><b/></a>", "<b/>"),
        Case(of_step("Filter", wrapContent="//["), error="//["),
    ),
    "XML validator": Pair(
        Case(checked(), body="<a/>"), Case(checked(), "<b/>", error="XML validation failed")
    ),
    "XML modifier": Pair(
        Case(of_step("XmlModifier", removeXmlDeclaration="1"), '<?xml version="1.0"?><a/>', "<a/>"), NEVER
    ),
    "XSLT mapping": Pair(
        Case(transformed("<out/>"), body="<out"),
        Case(transformed("<xsl:message terminate='yes'>stop</xsl:message>"), error="stylesheet failed"),
    ),
    "message mapping": Pair(
        Case(mapped(), "<in/>", "<value>x</value>"), Case(mapped(), "no XML", error="XML")
    ),
    "JSON to XML converter": Pair(
        Case(of_step("JsonToXmlConverter"), '{"a": {"b": "1"}}', "<b>1</b>"),
        Case(of_step("JsonToXmlConverter"), "no JSON", error="JSON"),
    ),
    "XML to JSON converter": Pair(
        Case(of_step("XmlToJsonConverter"), "<a><b>1</b></a>", '"b"'),
        Case(of_step("XmlToJsonConverter"), "no XML", error="XML"),
    ),
    "CSV to XML converter": Pair(
        Case(lines("/O/R"), "1\n", "<I>1</I>"), Case(lines("/O/R"), "1,2\n", error="2 fields")
    ),
    "XML to CSV converter": Pair(
        Case(of_step("XmlToCsvConverter", XPath_Field_Location="/o/r"), "<o><r><a>x</a></r></o>", "x"),
        Case(of_step("XmlToCsvConverter", XPath_Field_Location="/o/r"), "no XML", error="XML"),
    ),
    "Base64 encoder": Pair(coding("Base64 Encode", "YQ==", "a"), NEVER),
    "Base64 decoder": Pair(
        coding("Base64 Decode", "a", "YQ=="), damaged("Base64 Decode", b"\x01%", "the body is no")
    ),
    "GZIP compression": Pair(coding("GZIP Compress", ""), NEVER),
    "GZIP decompression": Pair(
        Case(
            of_step(
                "Encoder",
                "GZIP Compress",
                encoderType="GZIP Compress",
                more=made.step("d", "d", "Decoder", "GZIP Decompress", encoderType="GZIP Decompress"),
            ),
            body="<a/>",
        ),
        damaged("GZIP Decompress", b"\x01", "the GZIP body is damaged"),
    ),
    "ZIP compression": Pair(coding("ZIP Compress", ""), NEVER),
    "ZIP decompression": Pair(
        Case(
            of_step(
                "Encoder",
                "ZIP Compress",
                encoderType="ZIP Compress",
                more=made.step("d", "d", "Decoder", "ZIP Decompress", encoderType="ZIP Decompress"),
            ),
            body="<a/>",
        ),
        damaged("ZIP Decompress", b"\x01", "the body is no"),
    ),
    "URL encoder": Pair(coding("URL Encode", "a%26b", "a&b"), NEVER),
    "URL decoder": Pair(coding("URL Decode", "a&b", "a%26b"), NEVER),
    "MIME multipart encoder": Pair(coding("MIME Multipart Message Encode", "<a/>"), NEVER),
    "MIME multipart decoder": Pair(coding("MIME Multipart Message Decode", "<a/>"), NEVER),
    "data store write": Pair(
        Case(stored("put", messageId="1")), Case(filled("put", messageId="1"), error="already exists")
    ),
    "data store get": Pair(
        Case(filled("get", dataStoreId="1"), body="<a/>"),
        Case(stored("get", dataStoreId="9"), error="9"),
    ),
    "data store select": Pair(Case(filled("select", maxresults="1"), body='<message id="1">'), NEVER),
    "data store delete": Pair(Case(filled("delete", dataStoreId="1"), body="<a/>"), NEVER),
    "write variables": Pair(
        Case(of_step("Variables", variable=flows.cells(["v", "", "constant", "2", "local"])), body="<a/>"),
        Case(of_step("Variables", variable=flows.cells(["v", "", "xpath", "//[", "local"])), error="//["),
    ),
    "persist": Pair(Case(of_step("Persist", stepid="Before"), body="<a/>"), NEVER),
    "process call": Pair(
        Case(calling("ProcessCallElement", "NonLoopingProcess", flows.modifier("m", "<m/>")), body="<m/>"),
        Case(calling("ProcessCallElement", "NonLoopingProcess", FAILS), error="//[", at="fails"),
    ),
    "looping process call": Pair(
        Case(
            calling("ProcessCallElement", "LoopingProcess", flows.modifier("m", "${body}x"), **REPEATS),
            "",
            "x",
        ),
        Case(calling("ProcessCallElement", "LoopingProcess", FAILS, **REPEATS), error="//[", at="fails"),
    ),
    "idempotent process call": Pair(
        Case(
            calling("IdempotentProcessCall", "", flows.modifier("m", "<m/>"), sourceMessageID="1"),
            body="<m/>",
        ),
        Case(calling("IdempotentProcessCall", "", FAILS, sourceMessageID="1"), error="//[", at="fails"),
    ),
    "request-reply": Pair(
        Case(sending("HTTP", **HTTP), body="<ok/>", answers=OK),
        Case(sending("HTTP", **HTTP), error="statusCode: 500", answers=BAD),
    ),
    "send": Pair(
        Case(sending("JMS", "Send", QueueName_outbound="q"), body="<a/>"),
        Case(sending("Redis", "Send"), error="adapter not emulated: Redis"),
    ),
    "message end": Pair(
        Case(START, body="<a/>"),
        Case(
            flows.bundle_files(
                flows.row([flows.start(), flows.end("s")]), (), flows.receiver("Shop", "HTTP", "s", **HTTP)
            ),
            error="statusCode: 500",
            answers=BAD,
        ),
    ),
    "content enricher": Pair(
        Case(
            sending("HTTP", "contentEnricherWithLookup", ENRICH, **HTTP),
            "<L><E><x>e1</x></E></L>",
            "<n>1</n>",
            answers={"Shop": Answer(200, b"<C><c><k>e1</k><n>1</n></c></C>")},
        ),
        Case(
            sending("HTTP", "contentEnricherWithLookup", ENRICH, **HTTP),
            "<L/>",
            error="statusCode: 500",
            answers=BAD,
        ),
    ),
    "poll enrich": Pair(
        Case(sending("SFTP", "PollEnrich", path="out", fileName="b"), "x", "x"),
        Case(sending("HTTP", "PollEnrich", **HTTP), error="HTTP"),
    ),
    "start": Pair(
        Case(calling("ProcessCallElement", "NonLoopingProcess", flows.modifier("m", "<m/>")), body="<m/>"),
        NEVER,
    ),
    "message start": Pair(Case(START, body="<a/>"), NEVER),
    "timer start": Pair(
        Case(
            flows.bundle_files(flows.row([made.event("start", "Nightly", definition="timer"), flows.end()]))
        ),
        NEVER,
    ),
    "error start": Pair(Case(handled(flows.modifier("h", "<h/>")), body="<h/>"), NEVER),
    "end": Pair(
        Case(flows.bundle_files(flows.row([flows.start(), made.event("e", "End", "endEvent")])), body="<a/>"),
        NEVER,
    ),
    "error end": Pair(
        Case(
            flows.bundle_files(
                [
                    *flows.row([flows.start(), made.event("s", "End", "endEvent", "error")]),
                    flows.handler(flows.modifier("h", "<h/>")),
                ]
            ),
            body="<h/>",
        ),
        Case(ending("error"), error="error event End was reached"),
    ),
    "escalation end": Pair(
        Case(
            flows.bundle_files(
                flows.row([flows.start(), CALL_INNER, flows.end()]),
                [made.process("inner", "inner", flows.row(ESCALATES, "i"), "LocalIntegrationProcess")],
            ),
            waits=False,
        ),
        Case(ending("escalation", ErrorCode="ReceiverNotFound"), error="ReceiverNotFound"),
    ),
    "terminate end": Pair(Case(ending("terminate"), body="<a/>"), NEVER),
    "router": Pair(
        Case(routed("/a"), body="<a/>"),
        Case(routed("/b", throws="true"), error="no routing condition of Router"),
    ),
    "parallel multicast": Pair(Case(side_by_side("Multicast"), body="<one/><two/>"), NEVER),
    "sequential multicast": Pair(
        Case(side_by_side("SequentialMulticast"), body="<one/><two/>"),
        Case(side_by_side("SequentialMulticast", first=FAILS), error="//[", at="fails"),
    ),
    "join": Pair(Case(side_by_side("Multicast"), body="<one/><two/>"), NEVER),
    "gather": Pair(
        Case(side_by_side("Multicast"), body="<one/><two/>"),
        Case(side_by_side("Multicast", "xpath-merge-strategy"), error="//[", at="gather"),
    ),
    "general splitter": Pair(
        Case(split("GeneralSplitter", "/a/b"), "<a><b/><b/></a>", "<b/>"),
        Case(split("GeneralSplitter", "//["), error="//["),
    ),
    "iterating splitter": Pair(
        Case(split("IteratingSplitter", "/a/b"), "<a><b/><b/></a>", "<b/>"),
        Case(split("IteratingSplitter", "//["), error="//["),
    ),
    "IDoc splitter": Pair(
        Case(split("IDoc", ""), "<ORDERS05><IDOC><a/></IDOC><IDOC><b/></IDOC></ORDERS05>", "<b/>"),
        Case(split("IDoc", ""), "no XML", error="XML"),
    ),
}
"""By the kind of the step, as the registry has it."""

ODATA = {"address": "https://shop.example/odata", "operation": "Query(GET)", "resourcePath": "Orders"}
RECEIVED = {"Shop": Answer(200, b'{"d": {"results": []}}', {"Content-Type": "application/json"})}
CHILD = flows.bundle_files(
    flows.row([flows.start(), flows.modifier("m", "<m/>"), flows.end()]),
    own="Child",
    sender="ProcessDirect",
    address="/child",
)

RECEIVERS: dict[str, Pair] = {
    "HTTP": STEPS["request-reply"],
    "HCIOData": Pair(
        Case(sending("HCIOData", **ODATA), body="<Orders", answers=RECEIVED),
        Case(sending("HCIOData", **ODATA), error="500", answers=BAD),
    ),
    "SOAP": Pair(
        Case(
            sending("SOAP", address="https://shop.example/soap"),
            body=">1</r>",
            answers={
                "Shop": Answer(
                    200,
                    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><r>1</r></s:Body>'
                    b"</s:Envelope>",
                )
            },
        ),
        Case(sending("SOAP", address="https://shop.example/soap"), error="500", answers=BAD),
    ),
    "ProcessDirect": Pair(
        Case(sending("ProcessDirect", address="/child"), body="<m/>", others=[CHILD]),
        Case(sending("ProcessDirect", address="/nobody"), error="No consumers available"),
    ),
    "JMS": Pair(Case(sending("JMS", QueueName_outbound="q"), body="<a/>"), NEVER),
    "Mail": Pair(Case(sending("Mail", "Send", to="a@b.example"), body="<a/>"), NEVER),
    "SFTP": Pair(Case(sending("SFTP", "Send", path="out", fileName="a"), body="<a/>"), NEVER),
    "SuccessFactors": Pair(
        Case(sending("SuccessFactors", MessageProtocol="OData V2", **ODATA), answers=RECEIVED),
        Case(sending("SuccessFactors", MessageProtocol="OData V2", **ODATA), error="500", answers=BAD),
    ),
    "JDBC": Pair(
        Case(sending("JDBC", alias="DB"), "select 1", "<ok/>", answers=OK),
        Case(
            sending("JDBC", alias="DB"),
            "select 1",
            error="no table",
            answers={"Shop": Answer(500, b"no table")},
        ),
    ),
    "RFC": Pair(
        Case(sending("RFC", destination="ERP"), "<PING/>", "<ok/>", answers=OK),
        Case(sending("RFC", destination="ERP"), "x", error="no well-formed XML"),
    ),
    "IDOC": Pair(
        Case(sending("IDOC", address="https://erp.example"), "<ORDERS05/>", "<ok/>", answers=OK),
        Case(sending("IDOC", address="https://erp.example"), "<ORDERS05/>", error="500", answers=BAD),
    ),
    "AMQP": Pair(Case(sending("AMQP", "Send", destinationName="orders", host="broker"), body="<a/>"), NEVER),
    "AdvancedEventMesh": Pair(
        Case(sending("AdvancedEventMesh", "Send", destinationName="orders", host="broker"), body="<a/>"),
        NEVER,
    ),
}
"""By SAP's ComponentType."""

SENDERS: dict[str, Pair] = {
    each: of_sender(each)
    for each in (
        *("HTTPS", "SOAP", "ProcessDirect", "JMS", "DataStoreConsumer"),
        *("AMQP", "AdvancedEventMesh", "Mail", "SFTP", "PollingSFTP", "IDOC"),
    )
}
"""By SAP's ComponentType."""
