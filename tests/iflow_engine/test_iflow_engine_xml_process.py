"""What attacks the libraries that cannot be stopped: the message fails, the tenant and the next one go on."""

from __future__ import annotations

import re
import time

import pytest

from pytest_iflow.iflow_engine.engine import Engine
from pytest_iflow.iflow_engine.run_record import FlowRun, Limits
from tests.engine_flows import XSD_FOLDER, XSLT_FOLDER, bundle_files, end, handler, modifier, row, run, start
from tests.exported_bundles import step

XSL = 'xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:f="f"'
ENDLESS = '<xsl:value-of select="count(for $i in 1 to 100000000 return string($i) ! (., .)[last()])"/>'
DEEP = '<xsl:value-of select="f:deep(1)"/>'
WIDE = "<a>" + "<b/>" * 3000 + "</a>"
DEAR = "//*[count(//*[count(//*) = count(preceding::*)]) = 1]"


def stylesheet(template: str) -> bytes:
    """A stylesheet with a function that calls itself for ever."""
    return (
        f'<xsl:stylesheet version="3.0" {XSL}><xsl:template match="/"><a>{template}</a></xsl:template>'
        '<xsl:function name="f:deep"><xsl:param name="n"/><xsl:sequence select="1 + f:deep($n + 1)"/>'
        "</xsl:function></xsl:stylesheet>"
    ).encode()


def attacked(own: str, files: dict[str, bytes], body: str, seconds: float = 60.0) -> FlowRun:
    """Run a step, within an exception sub-process that must not get what is too much."""
    parts = [*row([start(), own, end()]), handler(modifier("h", "handled"))]
    return run({**bundle_files(parts), **files}, body, engine=Engine(limits=Limits(seconds=seconds)))


def mapping(template: str, seconds: float = 60.0) -> FlowRun:
    """Run a stylesheet."""
    own = step("x", "x", "Mapping", "XSLTMapping", mappingpath="m", mappingoutputformat="String")
    return attacked(own, {f"{XSLT_FOLDER}m.xsl": stylesheet(template)}, "<a/>", seconds)


@pytest.mark.parametrize(
    ("template", "seconds", "words"),
    [(ENDLESS, 1.0, "took more than"), (DEEP, 60.0, "Too many nested function calls")],
)
def test_a_stylesheet_that_takes_for_ever_ends_one_message(template: str, seconds: float, words: str) -> None:
    """The one after it is transformed."""
    pytest.importorskip("saxonche")
    began = time.monotonic()
    done = mapping(template, seconds)
    error = done.error or done.handled[0]
    assert words in error.message
    assert done.status == ("FAILED" if template == ENDLESS else "COMPLETED")
    assert time.monotonic() - began < 45
    assert "<a xmlns:f" in mapping("").message.text()


def test_a_stylesheet_sees_no_variables_of_the_environment() -> None:
    """Some of them hold secrets of the suite."""
    pytest.importorskip("saxonche")
    found = mapping('<xsl:value-of select="available-environment-variables()"/>').message.text()
    assert re.findall(">(.*?)</a>|/>$", found) in ([""], ["SYSTEMROOT"])


def test_a_dear_xpath_ends_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is evaluated elsewhere, and finds there what it would find here."""
    monkeypatch.setattr("pytest_iflow.iflow_engine.expressions.xpath._SECONDS", 1.0)
    filters = step("f", "f", "Filter", wrapContent=DEAR, xpathType="Nodelist")
    done = attacked(filters, {}, WIDE)
    assert done.status == "FAILED"
    assert done.error is not None
    assert "took more than 1 seconds" in done.error.message
    quick = step(
        "f", "f", "Filter", wrapContent="//b[preceding-sibling::b[1]/@n]/@n | a/b[2]", xpathType="Nodelist"
    )
    body = "<a>" + "".join(f'<b n="{number}"/>' for number in range(9000)) + "</a>"
    found = attacked(quick, {}, body).message.text()
    assert found == '<b n="1"/>' + "".join(map(str, range(1, 9000)))


def test_a_schema_beyond_the_bounds_of_the_library_is_an_exception() -> None:
    """Repetitions within each other take too much for libxml2, which says so."""
    pattern = "((a{1,200}){1,200}){1,200}b"
    schema = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a"><xs:simpleType>'
        f'<xs:restriction base="xs:string"><xs:pattern value="{pattern}"/></xs:restriction>'
        "</xs:simpleType></xs:element></xs:schema>"
    ).encode()
    own = step("v", "v", "XmlValidator", xsd="s.xsd")
    done = attacked(own, {f"{XSD_FOLDER}s.xsd": schema}, f"<a>{'a' * 100}</a>")
    assert done.handled[0].message.startswith("the schema s.xsd cannot be used")
