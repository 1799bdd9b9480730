"""Bundles and messages that attack the engine: each ends its message, in bounded time and memory."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from pytest_iflow.iflow_engine.engine import Engine
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.receivers.receivers import Answer
from pytest_iflow.iflow_engine.run_record import FlowRun, Limits
from pytest_iflow.iflow_model.files import BundleError
from tests.engine_flows import (
    XSD_FOLDER,
    XSLT_FOLDER,
    Answers,
    bundle_files,
    call_step,
    end,
    handler,
    header,
    local,
    modifier,
    receiver,
    row,
    run,
    start,
    table,
)
from tests.exported_bundles import step
from tests.message_mappings import TARGET, const, func, mapping_files, mapping_step, mmap, schema, src

LOOP = step(
    "loop",
    "loop",
    "ProcessCallElement",
    "LoopingProcess",
    processId="inner",
    expressionType="NonXML",
    more='<bpmn2:standardLoopCharacteristics loopMaximum="5000">'
    "<bpmn2:loopCondition>1 == 1</bpmn2:loopCondition></bpmn2:standardLoopCharacteristics>",
)


def attacked(*steps: str, message: Message | str = "x", files: Mapping[str, bytes] | None = None) -> FlowRun:
    """Run steps, with an exception sub-process that must not get what is too much."""
    parts = [*row([start(), *steps, end()]), handler(modifier("h", "handled"))]
    before = time.monotonic()
    done = run({**bundle_files(parts), **(files or {})}, message, engine=Engine(limits=Limits(seconds=20)))
    assert time.monotonic() - before < 10
    for error in [*done.handled, *([done.error] if done.error else [])]:
        assert "defect" not in error.message
    return done


def looped(*steps: str, message: str) -> FlowRun:
    """Run steps again and again."""
    parts = [*row([start(), LOOP, end()]), handler(modifier("h", "handled"))]
    return run(bundle_files(parts, [local("inner", *steps)]), message)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("${body.replaceAll('x','$9')}", "cannot be called"),
        ("${body.split('(')[0]}", "cannot be called"),
        ("${date:now+999999999999999999d:yyyy}", "no such offset"),
        ("${random(a,b)}", "needs one or two whole numbers"),
        ("${random(5,5)}", "no number between"),
    ],
)
def test_an_expression_that_cannot_be_is_an_exception(expression: str, words: str) -> None:
    """Of the step, not a defect of the engine."""
    done = attacked(modifier("m", expression))
    assert words in done.handled[0].message


def test_texts_that_grow_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """By an expression, a method, or what all headers and properties take."""
    monkeypatch.setattr("pytest_iflow.iflow_engine.expressions.simple.LARGEST_BODY", 10_000)
    monkeypatch.setattr("pytest_iflow.iflow_engine.expressions.ognl.LARGEST_BODY", 10_000)
    monkeypatch.setattr("pytest_iflow.iflow_engine.processing._LARGEST_VALUES", 10_000)
    doubled = modifier("m", propertyTable=table(header("p", "${property.p}${property.p}x", "expression")))
    named = modifier("m", headerTable=table(header("p${property.CamelLoopIndex}", "${body}", "expression")))
    for done in (
        looped(doubled, message="x"),
        looped(named, message="x" * 3000),
        attacked(modifier("m", f"${{body.replace('x', '{'y' * 20}')}}"), message="x" * 1000),
        attacked(modifier("m", f"${{body.replaceAll('x', '{'y' * 20}')}}"), message="x" * 1000),
    ):
        assert done.status == "FAILED"
        assert done.error is not None
        assert "larger than" in done.error.message


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """In data stores, in queues, and by persist steps."""
    monkeypatch.setattr("pytest_iflow.iflow_engine.stores.LARGEST_STORES", 10_000)
    monkeypatch.setattr("pytest_iflow.iflow_engine.processing._MOST_KEPT", 10_000)
    number = "${property.CamelLoopIndex}"
    stored = looped(
        step("w", "w", "DBstorage", "put", storageName="S", messageId=f"{number}"), message="x" * 3000
    )
    persisted = looped(step("p", "p", "Persist", stepid="P"), message="x" * 3000)
    for done in (stored, persisted):
        assert done.error is not None
        assert "is there an endless loop?" in done.error.message
        assert done.status == "FAILED"


@pytest.mark.parametrize("allowed", ["(a+)+b", "*abc", "[", "X|*"])
def test_patterns_for_headers_end(allowed: str) -> None:
    """Those of the flow and of a receiver; what is no pattern stands for none."""
    message = Message("x", {"a" * 40: "1"})
    parts = row([start(), call_step("call"), end()])
    ways = receiver("R", "HTTP", "call", httpAddressWithoutQuery="http://x", allowedRequestHeaders=allowed)
    before = time.monotonic()
    answers = Answers(R=Answer())
    done = run(bundle_files(parts, (), ways, allowedHeaderList=allowed), message, answers)
    assert done.status == "COMPLETED"
    assert "a" * 40 not in answers.requests[0].headers
    assert time.monotonic() - before < 20


@pytest.mark.parametrize(
    ("settings", "body"),
    [
        ({"removeExternalDTDs": "true"}, "<!DOCTYPE a " * 200_000),
        ({"removeXmlDeclaration": "true"}, " " * 300_000),
    ],
)
def test_the_xml_modifier_looks_at_the_beginning(settings: dict[str, str], body: str) -> None:
    """It does not search the whole body for each beginning."""
    assert attacked(step("x", "x", "XmlModifier", **settings), message=body).message.text() == body


def test_a_long_field_of_csv_is_one() -> None:
    """Longer than the 131,072 characters that Python's reader takes by itself."""
    parts = (
        '<xs:element name="r"><xs:complexType><xs:sequence><xs:element name="i"><xs:complexType><xs:sequence>'
    )
    ends = "</xs:sequence></xs:complexType></xs:element>"
    xsd = schema(f'{parts}<xs:element name="a"/>{ends}{ends}')
    settings = {"XML_Schema_File_Path": "s.xsd", "XPath_Field_Location": "r/i"}
    done = attacked(
        step("c", "c", "CsvToXmlConverter", **settings),
        message="y" * 200_000,
        files={f"{XSD_FOLDER}s.xsd": xsd},
    )
    assert f"<a>{'y' * 200_000}</a>" in done.message.text()


def test_stylesheets_that_include_each_other_are_counted() -> None:
    """Two includes in each of thirty are a thousand million."""
    head = '<xsl:stylesheet version="3.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
    files = {
        f"{XSLT_FOLDER}i{number}.xsl": (
            head + f'<xsl:include href="i{number + 1}.xsl"/>' * 2 + "</xsl:stylesheet>"
        ).encode()
        for number in range(30)
    }
    own = step("x", "x", "Mapping", "XSLTMapping", mappingpath="i0")
    files[f"{XSLT_FOLDER}i30.xsl"] = f"{head}</xsl:stylesheet>".encode()
    assert "includes more than 500 others" in attacked(own, message="<a/>", files=files).handled[0].message


NAME = "/in/group/name"


def mapped(expression: str, value: str, **more: bytes) -> FlowRun:
    """Run a mapping of the field ``one`` on a message with a name."""
    files = mapping_files(mmap({"/out": const(""), "/out/one": expression}), **more)
    return attacked(mapping_step(), message=f"<in><group><name>{value}</name></group></in>", files=files)


@pytest.mark.parametrize(
    "name", ["add", "sqrt", "round", "sum", "average", "formatNumber", "indexOf3", "substring"]
)
def test_numbers_beyond_those_of_java_are_none(name: str) -> None:
    """They would take the memory of all their digits."""
    arguments = {"add": 2, "indexOf3": 3}.get(name, 1)
    settings = {"nformat": "0.00", "separator": ".", "count": "5", "start": "1e999999999"}
    done = mapped(func(name, *[src(NAME)] * arguments, **settings), "1e999999999")
    assert "is no number" in done.handled[0].message
    assert "1000" in mapped(func("add", src(NAME), src(NAME)), "5e30").message.text()


@pytest.mark.parametrize("start_", [src(NAME), const("0123456789" * 10)])
def test_values_that_grow_end_the_mapping(start_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions that join a text with itself, in a queue and in a constant."""
    monkeypatch.setattr("pytest_iflow.iflow_engine.mapping.evaluation.LARGEST_BODY", 10_000)
    value = start_
    for _ in range(8):
        value = func("concat", value, value, delimeter="")
    done = mapped(value, "y" * 100)
    assert done.error is not None
    assert "larger than the local tenant takes" in done.error.message


def test_structures_that_hold_each_other_are_counted() -> None:
    """Groups and attribute groups, two within each of forty."""
    groups = ""
    for number in range(40):
        twice = f'<xs:group ref="g{number + 1}"/>' * 2
        groups += f'<xs:group name="g{number}"><xs:sequence>{twice}</xs:sequence></xs:group>'
        twice = f'<xs:attributeGroup ref="a{number + 1}"/>' * 2
        groups += f'<xs:attributeGroup name="a{number}">{twice}</xs:attributeGroup>'
    for within, instead in (
        (b'<xs:element name="one"', b'<xs:group ref="g0"/><xs:element name="one"'),
        (b'<xs:attribute name="kind"/>', b'<xs:attributeGroup ref="a0"/>'),
    ):
        content = mmap({"/out": const(""), "/out/row": const(""), "/out/row/@id": const("1")})
        files = mapping_files(content, out_xsd=schema(TARGET + groups).replace(within, instead))
        done = attacked(mapping_step(), message="<in/>", files=files)
        assert done.error is not None
        assert "types are nested without end" in done.error.message


def test_a_bundle_with_a_file_that_is_too_large_is_refused() -> None:
    """Before anything of it runs, whoever uses the file."""
    files = mapping_files(b"<xiObj>" + b" " * 51_000_000 + b"</xiObj>")
    with pytest.raises(BundleError, match=r"larger than 50 MB unpacked[\s\S]*\.mmap"):
        attacked(mapping_step(), message="<in/>", files=files)
