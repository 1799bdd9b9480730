"""Interchanges that others published are read as they are: examples of X12 from the sources of badX12."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_iflow.checks.flat_records import flat_format, read_flat

SOURCES = Path(sys.prefix, "judges", "badx12")
"""Where ``make test`` puts them."""
SAMPLES = sorted(SOURCES.glob("tests/files/edi/*.edi"))

pytestmark = pytest.mark.skipif(
    not SAMPLES, reason=f"the sources of badx12 are not in {SOURCES}; make test gets them"
)


def test_each_published_interchange_is_read_unchanged() -> None:
    """Its segments stand for what is written, and its own counters agree with them."""
    for sample in SAMPLES:
        text = sample.read_text(encoding="utf-8")
        assert flat_format(text[:200], sample.suffix) == "x12", sample.name
        message = read_flat(text, "x12")
        names = [record.name for record in message.records]
        assert (names[0], names[-1]) == ("ISA", "IEA"), sample.name
        header, *_, end = (each for each in message.records if each.name in {"ISA", "IEA"})
        assert header.cells["13"] == end.cells["2"], sample.name
        first, last = names.index("ST"), names.index("SE")
        assert message.records[last].cells["1"] == str(last - first + 1), sample.name
        terminator = text.strip()[-1]
        written = [each.strip() for each in text.strip().removesuffix(terminator).split(terminator)]
        assert [record.text.strip() for record in message.records] == written, sample.name
