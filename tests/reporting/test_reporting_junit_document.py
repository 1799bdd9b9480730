"""junit.xml when it is written: masked, and merged from several machines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.junit import document as document_module
from pytest_iflow.reporting.junit.document import mask_document, merge_junit
from pytest_iflow.secrets.registry import REGISTRY, register_secret

CASE = (
    '<testcase classname="a" name="{name}" file="a.feature" line="{line}" time="0.1"><properties>'
    "{more}</properties></testcase>"
)
SUITE = '<testsuites name="all"><testsuite name="pytest" tests="9" {more}>{cases}</testsuite></testsuites>'
ERROR = '<testcase classname="" name="b.feature"><error message="collection failure">x</error></testcase>'
START = 'timestamp="2026-11-03T04:{minute}:00+00:00"'


def document(path: Path, *cases: str, more: str = "") -> Path:
    """Write a document with these test cases."""
    path.write_text(SUITE.format(more=more, cases="".join(cases)), encoding="utf-8")
    return path


def test_a_masked_document_is_still_one(tmp_path: Path) -> None:
    """A rule for numbers spares its figures; what is no XML is left for the gate to name."""
    own = '<property name="n" value="4711"/></properties><system-out>a 4711</system-out><properties>'
    start = 'timestamp="2026-11-03T04:07:01.471100" time="4711.5"'
    path = document(tmp_path / "junit.xml", CASE.format(name="of 4711", line=4711, more=own), more=start)
    before = path.read_bytes()
    mask_document(path)
    assert path.read_bytes() == before
    REGISTRY.set_patterns([re.compile(r"\d{4}")])
    try:
        mask_document(path)
        broken = document(tmp_path / "broken.xml", "<4711")
        mask_document(broken)
        mask_document(tmp_path / "none.xml")
    finally:
        REGISTRY.set_patterns([])
    (suite,) = etree.parse(path).getroot()
    (case,) = suite
    assert (suite.get("timestamp"), suite.get("time")) == ("2026-11-03T04:07:01.471100", "4711.5")
    assert (case.get("name"), case.findtext("system-out")) == ("of ***", "a ***")
    assert [each.get("value") for each in case.iter("property")] == ["***"]
    assert "<4711" in broken.read_text(encoding="utf-8")


def test_documents_become_one_in_the_order_of_the_files(tmp_path: Path) -> None:
    """What no machine could collect is told once; counts and times are those of the whole."""
    paths = [
        document(
            tmp_path / f"{number}.xml",
            ERROR,
            CASE.format(name=number, line=number, more=""),
            more=START.format(minute=10 + number),
        )
        for number in (2, 1)
    ]
    merge_junit(paths, tmp_path / "merged.xml", 90.5)
    (suite,) = etree.parse(tmp_path / "merged.xml").getroot()
    assert [case.get("name") for case in suite] == ["b.feature", "1", "2"]
    assert dict(suite.attrib) == {
        "name": "pytest",
        "tests": "3",
        "errors": "1",
        "failures": "0",
        "skipped": "0",
        "time": "90.500",
        "timestamp": "2026-11-03T04:11:00+00:00",
    }


def test_a_secret_is_masked_wherever_the_document_is_cut_to_search_it(tmp_path: Path) -> None:
    """A document is searched piece by piece, and a secret may begin in one and end in the next."""
    register_secret("s3cret-of-a-long-document")
    case = CASE.format(name="a", line=1, more='<property name="p" value="HERE"/>')
    path = document(tmp_path / "junit.xml", case, *[case] * 50)
    head, _, tail = path.read_text(encoding="utf-8").partition("HERE")
    filling = "x" * (document_module.PIECE - len(head) - 10)
    path.write_text(f"{head}{filling} s3cret-of-a-long-document{tail}", encoding="utf-8")
    mask_document(path)
    assert "s3cret" not in path.read_text(encoding="utf-8")


def test_a_document_that_is_no_xml_is_named(tmp_path: Path) -> None:
    """A machine may have died while it wrote."""
    path = document(tmp_path / "junit.xml")
    path.write_text("<testsuites>", encoding="utf-8")
    with pytest.raises(IflowError, match="is no XML") as caught:
        merge_junit([path], tmp_path / "merged.xml", 1.0)
    assert caught.value.where == str(path)
