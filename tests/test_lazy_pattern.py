"""Regular expressions that are compiled when they are first used."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from pytest_iflow.lazy_pattern import lazy_pattern


def test_it_does_what_a_pattern_does() -> None:
    """With the methods that modules use, on texts and on bytes."""
    pattern, compiled = lazy_pattern(r"(?P<word>\w)+", re.ASCII), re.compile(r"(?P<word>\w)+", re.ASCII)
    text = "one, two and three"
    assert pattern.findall(text) == compiled.findall(text)
    assert pattern.sub("-", text) == compiled.sub("-", text) == "-, - - -"
    assert [found.span() for found in pattern.finditer(text)] == [
        found.span() for found in compiled.finditer(text)
    ]
    assert all(first.end() < second.start() for first, second in pairwise(pattern.finditer(text)))
    assert pattern.groupindex == compiled.groupindex
    assert (pattern.pattern, lazy_pattern(b"a").fullmatch(b"b")) == (compiled.pattern, None)


def test_a_pattern_that_is_none_is_an_error_when_it_is_used() -> None:
    """And not before; what no pattern has is no attribute."""
    broken = lazy_pattern("(")
    with pytest.raises(re.error, match="unterminated"):
        broken.match("a")
    with pytest.raises(AttributeError):
        broken.unknown  # type: ignore[attr-defined]  # noqa: B018, that is what is tested
