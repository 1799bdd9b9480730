"""What one step judges shares its time."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.json_schema import JsonSchema
from pytest_iflow.checks.path import found_at
from pytest_iflow.checks.text_relations import matches
from pytest_iflow.checks.time_limits import pattern_time, schema_time, shared_pattern_time
from pytest_iflow.checks.xml_schema import XmlSchema
from pytest_iflow.errors import CheckError


def test_many_values_take_no_longer_than_a_few() -> None:
    """Each would take its two seconds."""
    texts = ",".join(f'"{"a" * 60}{number}"' for number in range(1000))
    found = found_at(parse_document(f"[{texts}]".encode(), None), "$[*]")
    relation = matches("(a|aa)+[bc]")
    began = time.monotonic()
    with shared_pattern_time(0.2):
        assert all(relation.fails(each) for each in found)
    assert time.monotonic() - began < 20
    assert "all values within 10 s: write a simpler pattern" in str(relation.failure(found[-1]))


def test_a_step_within_another_shares_its_time() -> None:
    """As a message that is expected of each of several values."""
    with shared_pattern_time(0.0), shared_pattern_time(), pattern_time() as seconds:
        assert 0 < seconds < 0.1
    with pattern_time() as seconds:
        assert seconds == 2


@pytest.mark.parametrize("keyword", ["allOf", "anyOf"])
@pytest.mark.parametrize("more", [{}, {"unevaluatedProperties": False}])
def test_references_that_double_and_double_end(keyword: str, more: dict[str, object], tmp_path: Path) -> None:
    """Forty of them lead to a million million parts."""
    parts = {f"d{each}": {keyword: [{"$ref": f"#/$defs/d{each + 1}"}] * 2} for each in range(40)}
    last = {"d40": keyword == "allOf"}
    path = tmp_path / "double.json"
    path.write_text(json.dumps({"$defs": {**parts, **last}, "$ref": "#/$defs/d0", **more}), encoding="utf-8")
    schema = JsonSchema.load(path)
    began = time.monotonic()
    with schema_time(0.2), pytest.raises(CheckError, match="could not be judged by the schema within 30 s"):
        schema.violations(parse_document(b'{"a": 1}', None))
    assert time.monotonic() - began < 20


def test_a_pattern_of_an_xsd_that_explodes_is_told(tmp_path: Path) -> None:
    """libxml2 gives up by itself, without a reason."""
    path = tmp_path / "explodes.xsd"
    path.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a"><xs:simpleType>'
        '<xs:restriction base="xs:string"><xs:pattern value="(x+x+)+y"/></xs:restriction>'
        "</xs:simpleType></xs:element></xs:schema>",
        encoding="utf-8",
    )
    with pytest.raises(CheckError, match=r"could not be judged by explodes.xsd: libxml2 has given up"):
        XmlSchema.load(path).violations(parse_document(f"<a>{'x' * 60}</a>".encode(), None))
