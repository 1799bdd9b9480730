"""A run as the history keeps it."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_iflow.results.history.past_run import PastRun, Suite, is_whole
from pytest_iflow.results.json_format import decode
from tests.results.runs import node, run, scenario


def test_a_run_survives_its_line() -> None:
    """Every status, and the tries before the last."""
    kept = PastRun.of(run(1, scenario("e", "-", reruns=3), scenarios="d=S b=F a=P c=B"))
    assert kept.results == "PFBS-"
    assert PastRun.from_line(kept.to_line(), decode(kept.listed.to_line(), Suite)) == kept
    assert kept.reruns == {node("e"): 3}
    assert (kept.letter(node("b")), kept.letter(node("x"))) == ("F", "")
    assert kept.counts == {"passed": 1, "failed": 1, "broken": 1, "skipped": 1, "not run": 1}


def test_the_same_scenarios_are_the_same_suite() -> None:
    """In whatever order workers finished them."""
    one, other = (PastRun.of(run(1, scenarios=text)).listed for text in ("a=P b=F", "b=P a=S"))
    assert (one, one.name) == (other, other.name)
    assert PastRun.of(run(1, scenarios="a=P")).suite != one.name


@pytest.mark.parametrize(
    ("fields", "whole"),
    [
        ({}, True),
        ({"selection": "-k a"}, False),
        ({"interrupted": True}, False),
        ({"collection_errors": ("a mistake",)}, False),
    ],
)
def test_a_whole_run_left_nothing_out(fields: dict[str, Any], whole: bool) -> None:
    """Neither by order nor by accident."""
    assert is_whole(run(1, scenarios="a=P", **fields)) is whole
    assert PastRun.of(run(1, scenarios="a=P", **fields)).whole is whole
