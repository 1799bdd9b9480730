"""Resource paths, read and followed."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.odata.model import ODataError
from pytest_iflow.emulator.odata.resource_path import Segment, Target, read_segments, resolve
from tests.emulator.odata.bookshop import MODEL, reader


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", []),
        ("Books", [Segment("Books", None)]),
        ("Books()", [Segment("Books", ())]),
        ("Books('a/b('')')/$value", [Segment("Books", ((None, "a/b(')"),)), Segment("$value", None)]),
        (
            "Steps(RunId='x', ChildCount=10)/Traces(104L)",
            [
                Segment("Steps", (("RunId", "x"), ("ChildCount", 10))),
                Segment("Traces", ((None, 104),)),
            ],
        ),
    ],
)
def test_path_is_cut(path: str, found: list[Segment]) -> None:
    """A slash within a key does not end a segment."""
    assert read_segments(path) == found


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("Books('a'", 404),
        ("//", 404),
        ("Books(a)", 400),
        ("Books(Id)", 400),
        ("Books(Id=)", 400),
        ("Books(Id='a',", 404),
        ("Books('a'='b')", 400),
        ("Books(Id='a' Name='b')", 400),
        ("Books('a','b')", 400),
        ("Books(#)", 400),
    ],
)
def test_malformed_path_is_refused(path: str, status: int) -> None:
    """A broken key is the caller's fault, a broken path leads nowhere."""
    with pytest.raises(ODataError) as refused:
        read_segments(path)
    assert refused.value.status == status


def _target(path: str) -> Target:
    return resolve(read_segments(path), MODEL, reader())


@pytest.mark.parametrize(
    ("path", "entity_set", "single", "navigated", "part"),
    [
        ("Books", "Books", False, False, None),
        ("Books/$count", "Books", False, False, "$count"),
        ("Books('b1')", "Books", True, False, None),
        ("Books('b1')/$value", "Books", True, False, "$value"),
        ("Books('b1')/Title/$value", "Books", True, False, "Title"),
        ("Books('b1')/Shelf", "Shelves", True, True, None),
        ("Books('b1')/Loan/Reader", "Loans", True, True, "Reader"),
        ("Shelves(Name='A',Floor=0)/Books", "Books", False, True, None),
        ("Shelves(Name='A',Floor=0)/Books('b1')/Loan", "Loans", True, True, None),
    ],
)
def test_path_leads_to(path: str, entity_set: str, single: bool, navigated: bool, part: str | None) -> None:
    """The path leads to a set, an entity, or a part of one."""
    found = _target(path)
    assert (found.entity_set.name, found.single, found.navigated, found.part) == (
        entity_set,
        single,
        navigated,
        part,
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("Nothing", 404),
        ("Books('b9')/Loan", 404),
        ("Books('b1')/Nothing", 404),
        ("Books/Title", 404),
        ("Books/Loan", 404),
        ("Books('b1')/$count", 404),
        ("Books('b1')/Title/Title", 404),
        ("Books/$count/$value", 404),
        ("Books('b1')/$value/$value", 404),
        ("Books('b2')/Loan/$value", 404),
        ("Books('b1')/Title('x')", 404),
        ("Books(1)", 400),
        ("Books(Name='b1')", 400),
        ("Books(Id='b1',Id='b1')", 400),
        ("Shelves('A')", 400),
        ("Books('b1')/Loan('b1')", 400),
    ],
)
def test_path_that_leads_nowhere_is_refused(path: str, status: int) -> None:
    """404 for what is not there, 400 for a key that cannot be one."""
    with pytest.raises(ODataError) as refused:
        _target(path)
    assert refused.value.status == status
