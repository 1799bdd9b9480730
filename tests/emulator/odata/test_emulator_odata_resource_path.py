"""Resource paths."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.odata.error import ODataError
from pytest_iflow.emulator.odata.resource_path import Segment, segments


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
    """A slash in a key is part of it."""
    assert segments(path) == found


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
        segments(path)
    assert refused.value.status == status
