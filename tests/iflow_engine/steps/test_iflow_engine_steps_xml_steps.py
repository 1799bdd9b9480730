"""Filter, splitters, gather, validator, modifier and XSLT."""

from __future__ import annotations

import pytest

from pytest_iflow.iflow_engine.engine import Engine
from pytest_iflow.iflow_engine.message import Message
from tests.engine_flows import (
    XSD_FOLDER,
    XSLT_FOLDER,
    bundle_files,
    deployed,
    end,
    modifier,
    row,
    run,
    run_steps,
    start,
)
from tests.exported_bundles import step

ORDERS = "<orders><order><count>100</count></order><order><count>10</count></order></orders>"
CUSTOMER = (
    '<customer xmlns="http://my.com"><number>1</number><order id="100"><item>a</item></order>'
    '<order id="101"><item>b</item></order><later/></customer>'
)


@pytest.mark.parametrize(
    ("path", "kind", "wanted"),
    [
        ("/orders/order/count/text()", "Nodelist", "10010"),
        ("/orders/order/count", "Nodelist", "<count>100</count><count>10</count>"),
        ("/orders/order/count", "Node", "<count>100</count>"),
        ("/orders/order/count", "String", "100"),
        ("count(//order)", "Integer", "2"),
        ("//order/count = 10", "Boolean", "true"),
        ("/orders/order[count = max(//count)]", "Node", "<order><count>100</count></order>"),
        ("//nothing", "Nodelist", ""),
    ],
)
def test_a_filter_keeps_what_it_finds(path: str, kind: str, wanted: str) -> None:
    """By its value type; the first is the example of SAP's page."""
    done = run_steps(step("f", "f", "Filter", wrapContent=path, xpathType=kind), message=ORDERS)
    assert done.message.body == wanted


def split(body: str, variant: str = "GeneralSplitter", namespaces: str = "", **properties: str) -> list[str]:
    """Return the parts that a splitter makes of a body."""
    parts = [
        step("s", "s", "Splitter", variant, splitType=variant, **{"exprType": "XPath", **properties}),
        modifier("m", "${body}|"),
        step("g", "g", "Gather", aggregationAlgorithm="concatenate-strategy"),
    ]
    done = run(bundle_files(row([start(), *parts, end()]), namespaceMapping=namespaces), body)
    if done.error:
        return [done.error.message]
    return str(done.message.body).split("|")[:-1]


def test_the_general_splitter_keeps_what_envelopes() -> None:
    """And what stands before the split point; not what follows it (SAP's examples)."""
    first, second = split(
        CUSTOMER, namespaces="xmlns:n1=http://my.com", splitExprValue="/n1:customer/n1:order"
    )
    assert first == (
        '<customer xmlns="http://my.com"><number>1</number><order id="100"><item>a</item></order></customer>'
    )
    assert second == first.replace("100", "101").replace(">a<", ">b<")


def test_the_idoc_splitter_makes_an_idoc_of_each() -> None:
    """It has no settings, and works as a general splitter at ``//IDOC`` (SAP's page)."""
    first, second = (f"<ORDERS05><IDOC><DOCNUM>{number}</DOCNUM></IDOC></ORDERS05>" for number in (1, 2))
    both = first.replace("</ORDERS05>", "") + second.replace("<ORDERS05>", "")
    assert split(both, "IDoc") == [first, second]


def test_the_iterating_splitter_keeps_the_element_alone() -> None:
    """By XPath or by token; several to a part where they are grouped."""
    items = "<l><i>1</i><i>2</i><i>3</i></l>"
    assert split(items, "IteratingSplitter", splitExprValue="/l/i") == ["<i>1</i>", "<i>2</i>", "<i>3</i>"]
    assert split(items, "IteratingSplitter", splitExprValue="/l/i", grouping="2") == [
        "<i>1</i><i>2</i>",
        "<i>3</i>",
    ]
    assert split(items, splitExprValue="//i/", grouping="2") == ["<l><i>1</i><i>2</i></l>", "<l><i>3</i></l>"]
    assert split(items, "IteratingSplitter", exprType="Token", tokenValue="i") == [
        "<i>1</i>",
        "<i>2</i>",
        "<i>3</i>",
    ]
    assert split(items, splitExprValue="/l/i/text()") == [
        "the splitter's XPath finds values; it has to find elements"
    ]


def test_lines_are_split() -> None:
    """The general splitter repeats the first line in each part, the iterating one does not."""
    lines = "head\n1\n2\n"
    assert split(lines, exprType="Line Break") == ["head\n1", "head\n2"]
    assert split(lines, "IteratingSplitter", exprType="Line Break") == ["head", "1", "2"]


def test_a_gather_combines_at_an_xpath() -> None:
    """Or makes a message of each of several formats."""
    parts = [
        step(
            "s",
            "s",
            "Splitter",
            "IteratingSplitter",
            splitType="IteratingSplitter",
            exprType="XPath",
            splitExprValue="/l/p",
        ),
        step(
            "g",
            "g",
            "Gather",
            aggregationAlgorithm="xpath-merge-strategy",
            sourceXPath="/p/i",
            targetXPath="/all/list",
        ),
    ]
    done = run_steps(*parts, message="<l><p><i>1</i></p><p><i>2</i></p></l>")
    assert str(done.message.body).endswith("<all><list><i>1</i><i>2</i></list></all>")
    wrong = run_steps(parts[0], parts[1].replace("/p/i", "/p/none"), message="<l><p/></l>")
    assert wrong.error is not None
    assert "finds nothing in any message" in wrong.error.message
    different = step("g", "g", "Gather", aggregationAlgorithm="sap-pi-multi-mapping")
    done = run_steps(parts[0], different, message="<l><p>1</p><p>2</p></l>")
    assert "<multimap:Message1><p>1</p></multimap:Message1><multimap:Message2><p>2</p>" in str(
        done.message.body
    )


def test_an_aggregator_waits_for_the_last_message() -> None:
    """Of its correlation; the others end where they are."""
    engine = Engine()
    collects = step(
        "a",
        "a",
        "Aggregator",
        aggregationAlgorithm="sap-id-list",
        correlationExpression="/s/school",
        lastMessageCondition="/s/id = '0'",
        messageSequenceExpression="/s/id",
    )
    files = bundle_files(row([start(), collects, modifier("after", "[${body}]"), end()]))
    engine.deploy(flow := deployed(files))

    def sent(school: str, number: int) -> str:
        body = f"<s><school>{school}</school><id>{number}</id></s>"
        return str(engine.start(flow.id, Message(body)).message.body)

    assert sent("x", 2).startswith("<s>")
    assert sent("y", 1).startswith("<s>")
    last = sent("x", 0)
    assert last.startswith("[<?xml")
    assert last.count("<school>x</school>") == 2
    assert last.index("<id>0</id>") < last.index("<id>2</id>")


SCHEMA = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="types.xsd"/>
<xs:element name="a" type="number"/></xs:schema>"""
TYPES = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:simpleType name="number">
<xs:restriction base="xs:int"/></xs:simpleType></xs:schema>"""
SCHEMAS = {f"{XSD_FOLDER}a.xsd": SCHEMA, f"{XSD_FOLDER}types.xsd": TYPES}


def test_a_validator_fails_or_notes_the_errors() -> None:
    """By a schema of the bundle, which may include others of it."""
    strict = step("v", "v", "XmlValidator", xsd="/xsd/a.xsd", preventException="false")
    assert run_steps(strict, message="<a>1</a>", files=SCHEMAS).error is None
    failed = run_steps(strict, message="<a>x</a>", files=SCHEMAS)
    assert failed.error is not None
    assert "XML validation failed: line 1" in failed.error.message
    lenient = step("v", "v", "XmlValidator", xsd="${header.which}", preventException="true")
    done = run_steps(lenient, message=Message("<a>x</a>", {"which": "/xsd/a.xsd"}), files=SCHEMAS)
    assert done.status == "COMPLETED"
    assert "not a valid value" in done.message.properties["SAP_XmlValidationResult"]


def test_an_xml_modifier_takes_things_out() -> None:
    """The declaration, a document type, characters that XML does not have."""
    strips = step(
        "m",
        "m",
        "XmlModifier",
        removeXmlDeclaration="1",
        removeExternalDTDs="1",
        xmlCharacterHandling="remove",
    )
    body = '<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "x.dtd">\n<a>\x01b</a>'
    assert str(run_steps(strips, message=body).message.body).strip() == "<a>b</a>"


XSL = 'xmlns:xsl="http://www.w3.org/1999/XSL/Transform"'
XSLT = f"""<xsl:stylesheet version="3.0" {XSL} xmlns:cpi="http://sap.com/it/" exclude-result-prefixes="cpi">
<xsl:include href="more.xsl"/><xsl:param name="exchange"/><xsl:param name="quantity"/>
<xsl:output omit-xml-declaration="yes"/>
<xsl:template match="/"><xsl:value-of select="cpi:setHeader($exchange, 'total', /a * $quantity)"/>
<xsl:value-of select="cpi:setProperty($exchange, 'p', 'a|b')"/>
<out><xsl:call-template name="more"/></out></xsl:template></xsl:stylesheet>""".encode()
MORE = f"""<xsl:stylesheet version="3.0" {XSL}><xsl:template name="more">
<xsl:value-of select="upper-case('x')"/></xsl:template></xsl:stylesheet>""".encode()


def transforming(path: str = "src/main/resources/mapping/order", **properties: str) -> str:
    """An XSLT mapping."""
    return step(
        "x",
        "x",
        "Mapping",
        "XSLTMapping",
        mappingpath=path,
        mappingSource="mappingSrcIflow",
        mappingoutputformat="String",
        **properties,
    )


def test_a_stylesheet_reads_and_writes_headers_and_properties() -> None:
    """As on SAP's page; stylesheets that it includes are of the bundle."""
    files = {f"{XSLT_FOLDER}order.xsl": XSLT, f"{XSLT_FOLDER}more.xsl": MORE}
    done = run_steps(transforming(), message=Message("<a>2</a>", None, {"quantity": "3"}), files=files)
    assert done.error is None
    assert (done.message.body, done.message.headers["total"], done.message.properties["p"]) == (
        "<out>X</out>",
        "6",
        "a|b",
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<xsl:value-of select=\"unparsed-text('file:///etc/hostname')\"/>", "prohibited"),
        ("<xsl:value-of select=\"doc('http://127.0.0.1:1/')\"/>", "prohibited"),
        ("<xsl:message terminate='yes'>stop here</xsl:message>", "the stylesheet failed"),
        ("<xsl:value-of select='('/>", "the stylesheet failed"),
    ],
)
def test_a_stylesheet_that_fails_or_reads_elsewhere(content: str, words: str) -> None:
    """It reads no file and no address."""
    sheet = (
        '<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
        f'<xsl:template match="/">{content}</xsl:template></xsl:stylesheet>'
    )
    done = run_steps(transforming(), message="<a/>", files={f"{XSLT_FOLDER}order.xsl": sheet.encode()})
    assert done.error is not None
    assert words in done.error.message
