"""The steps of a process in the order in which a reader follows them: branches, then what they join in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from msgspec import Struct, field

from pytest_iflow.iflow_model.flow import Process, Route, Step

_DEEPEST = 12
"""Branches within branches that are shown as such."""


class Line(Struct):
    """A step, or a reference to one that stands elsewhere already, with the branches that leave it."""

    step: Step
    again: bool = False
    branches: list[Branch] = field(default_factory=list)


class Branch(Struct):
    """One of several routes that leave a step, and the lines that follow."""

    route: Route
    lines: list[Line] = field(default_factory=list)


def outline(process: Process) -> list[Line]:
    """Return the lines of a process; steps that nothing leads to stand at its end."""
    lines: list[Line] = []
    seen: set[str] = set()
    for start in [*process.starts(), *process.steps.values()]:
        if start.id not in seen:
            _follow(process, start.id, lines, seen)
    return lines


def _follow(process: Process, first: str, lines: list[Line], seen: set[str]) -> None:
    """Add the steps from ``first`` on; branches wait until what precedes them is there."""
    waiting: deque[tuple[str, str, list[Line], int]] = deque([(first, "", lines, 0)])
    while waiting:
        name, end, place, depth = waiting.popleft()
        later: list[tuple[str, str, list[Line], int]] = []
        while name in process.steps and name != end:
            line = Line(process.steps[name], name in seen)
            place.append(line)
            if line.again:
                break
            seen.add(name)
            routes = process.routes_from(name)
            if len(routes) < 2 or depth >= _DEEPEST:  # noqa: PLR2004, one route is no branch
                later += [(route.target, end, place, depth) for route in routes[1:]]
                name = routes[0].target if routes else end
                continue
            join = _common(process, [route.target for route in routes], end)
            for route in routes:
                branch = Branch(route)
                line.branches.append(branch)
                later.append((route.target, join, branch.lines, depth + 1))
            name = join or end
        waiting.extendleft(reversed(later))


def _common(process: Process, targets: Iterable[str], end: str) -> str:
    """Return the first step that all branches come to, ``end`` where there is none."""
    reached = [_reached(process, target) for target in targets]
    shared = set(reached[0]).intersection(*reached[1:])
    return next((name for name in reached[0] if name in shared), end)


def _reached(process: Process, first: str) -> dict[str, None]:
    """Return the steps that can be reached, the nearest first."""
    found = {first: None}
    waiting = deque([first])
    while waiting:
        for route in process.routes_from(waiting.popleft()):
            if route.target not in found:
                found[route.target] = None
                waiting.append(route.target)
    return found
