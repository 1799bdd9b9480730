"""The steps of a process as a reader follows them."""

from __future__ import annotations

from typing import Any

from pytest_iflow.iflow_model.iflw import read_flow
from pytest_iflow.iflow_model.outline import Line, outline
from tests import exported_bundles as made


def shown(lines: list[Line]) -> list[Any]:
    """Each step by its id, those that stand elsewhere with an arrow, branches as lists of lists."""
    found: list[Any] = []
    for line in lines:
        found.append(f"→{line.step.id}" if line.again else line.step.id)
        if line.branches:
            found.append([shown(branch.lines) for branch in line.branches])
    return found


def of_routes(*routes: str) -> list[Any]:
    """The outline of a process with routes such as ``a b``; ``s`` is its start."""
    steps = dict.fromkeys(step for route in routes for step in route.split())
    parts = [made.event("s", "") if own == "s" else made.step(own, own, "Enricher") for own in steps]
    arrows = [made.route(f"r{number}", *route.split()) for number, route in enumerate(routes)]
    flow = read_flow(made.iflw([], [made.process("P", "", [*parts, *arrows])]), "here")
    return shown(outline(flow.processes["P"]))


def test_branches_stand_side_by_side_until_they_join() -> None:
    """What follows the join stands once, after the branches."""
    assert of_routes("s a", "a b", "a c", "b d", "c d", "d e") == ["s", "a", [["b"], ["c"]], "d", "e"]
    assert of_routes("s a", "a b", "a c") == ["s", "a", [["b"], ["c"]]]
    assert of_routes("s a", "a b", "a c", "a d", "b e", "c e") == ["s", "a", [["b", "e"], ["c", "→e"], ["d"]]]


def test_loops_and_lost_steps_end() -> None:
    """A way back is a reference; steps that nothing leads to stand at the end."""
    assert of_routes("s a", "a b", "a c", "b a") == ["s", "a", [["b", "→a"], []], "c"]
    assert of_routes("s a", "x y", "y x") == ["s", "a", "x", "y", "→x"]


def test_many_branches_within_branches_end_in_time() -> None:
    """Each step once, however deep."""
    routes = ["s a0", *(f"a{n} {way}{n + 1}" for n in range(60) for way in "ab")]
    assert str(of_routes(*routes)).count("'b") == 60
