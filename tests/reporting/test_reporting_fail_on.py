"""Which failures are known from before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_iflow.reporting.fail_on import is_as_before, unknown_failures
from pytest_iflow.results.history.comparison import compare
from tests.results.runs import node, past, run

BEFORE = run(1, scenarios="a=F b=B c=P")


@pytest.mark.parametrize(
    ("scenarios", "unknown"),
    [
        ("a=F b=F c=P", []),
        ("a=P b=P c=P", []),
        ("a=F c=F", ["c"]),
        ("a=F b=B c=P new=F", ["new"]),
        ("a=S b=S c=S", []),
    ],
)
def test_what_fails_and_did_not_before_is_unknown(scenarios: str, unknown: list[str]) -> None:
    """Newly failing, or new and failing."""
    latest = run(2, scenarios=scenarios)
    latest = replace(latest, changes=compare(latest, past(BEFORE)))
    assert unknown_failures(latest) == [node(name) for name in unknown]
    assert is_as_before(latest) is not bool(unknown)


def test_in_the_first_run_everything_is_unknown() -> None:
    """There is nothing to know it from."""
    assert unknown_failures(BEFORE) == [node("a"), node("b")]


@pytest.mark.parametrize(
    "more",
    [{"leaks": ("junit.xml:3: a token",)}, {"collection_errors": ("a mistake",)}, {"scenarios": "a=F b=-"}],
)
def test_other_troubles_are_never_known(more: dict[str, Any]) -> None:
    """Leaks, files that cannot be read, scenarios that were not reached."""
    latest = run(2, **{"scenarios": "a=F", **more})
    latest = replace(latest, changes=compare(latest, past(BEFORE)))
    assert not is_as_before(latest)
