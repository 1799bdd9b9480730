"""Which steps and routes of a flow a message passed, by the steps that its message log has.

A log has rows for steps, not for routes, and none for some steps. The message logs of a tenant of 2017 in a
public repository (wire-facts 5.7) have none for the start events of processes; of end events some are there.
So what the rows say is followed along the arrows of the model, as far as there is one way only. What stays
open is called unknown. No part counts as passed because it is likely.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import NamedTuple

from msgspec import Struct

from pytest_iflow.iflow_model.flow import Flow, Process, Route, Step

_ENDS = frozenset({"end", "message end", "error end", "escalation end", "terminate end"})
_WAITING = frozenset({"gather", "join"})
_MAY_HAVE_NO_ROW = _ENDS | _WAITING
"""Kinds of steps that a message may come to without a row in its branch; that all others have one is assumed.

Parts of a splitter wait at a gather, which has one row for all of them.
"""
_CALLS = frozenset({"process call", "looping process call", "idempotent process call"})


class LoggedStep(Struct, frozen=True):
    """A row of a message log: the ids by which it may name a part of the model, and whether it failed.

    The first id counts that the model has. ``branch`` names the part of a splitter or multicast, empty where
    the tenant does not tell.
    """

    ids: tuple[str, ...]
    branch: str = ""
    failed: bool = False


class LoggedPath(Struct, frozen=True):
    """What a message passed: ids of steps and routes; ``unknown`` are those of which its log does not tell.

    ``strangers`` are ids of the log that the model does not have.
    """

    passed: frozenset[str]
    unknown: frozenset[str]
    strangers: frozenset[str]


def logged_path(flow: Flow, rows: Sequence[LoggedStep], *, is_whole: bool = True) -> LoggedPath:
    """Return what the rows of one run of a message tell, which stand in the order of their beginnings.

    ``is_whole`` is false where the tenant kept the last rows only: then nothing is surely missed.
    """
    return _Reading(flow, rows).path(is_whole=is_whole)


class _Row(NamedTuple):
    step: Step
    failed: bool


class _Reading:
    """One run of a message, read row by row.

    Rows of branches that run side by side are mixed where the tenant names no branches. Then the next row
    says nothing, unless one route alone leads to its step.
    """

    def __init__(self, flow: Flow, rows: Sequence[LoggedStep]) -> None:
        self._flow = flow
        self._process_of = {step: each for each in flow.processes.values() for step in each.steps}
        self._routes = {route.id: route for each in flow.processes.values() for route in each.routes}
        self._adapters = {each.id: each.step for each in flow.adapters}
        self._passed: set[str] = set()
        self._unknown: set[str] = set()
        self._strangers: set[str] = set()
        self._failed: set[str] = set()
        self._branches: dict[str, list[_Row]] = {}
        for row in rows:
            self._take(row)
        taken = [row.step for held in self._branches.values() for row in held]
        self._is_mixed = len(self._branches) == 1 and any(map(_runs_side_by_side, taken))

    def path(self, *, is_whole: bool) -> LoggedPath:
        """Return what the rows tell."""
        for rows in self._branches.values():
            for row, following in zip_longest(rows, rows[1:]):
                if row.failed:
                    continue
                if row.step.kind == "router":
                    self._take_decision(row.step, following)
                elif following is not None:
                    self._take_succession(row.step, following)
        self._follow()
        for process in self._flow.processes.values():
            self._leave_open(process)
        if not is_whole:
            self._unknown.update(self._process_of, self._routes)
        return LoggedPath(
            frozenset(self._passed), frozenset(self._unknown - self._passed), frozenset(self._strangers)
        )

    def _take(self, row: LoggedStep) -> None:
        """Note a row; the log calls a step by its own id, or by that of its adapter (wire-facts 5.7)."""
        names = [name.partition("#")[0] for name in row.ids]
        parts = (self._adapters.get(name, name) for name in names)
        own = next((each for each in parts if self._is_part(each)), "")
        if own in self._routes:
            self._take_route(self._routes[own])
        elif own in self._process_of:
            self._passed.add(own)
            step = self._process_of[own].steps[own]
            self._branches.setdefault(row.branch, []).append(_Row(step, row.failed))
            if row.failed:
                self._failed.add(own)
        elif not own:
            self._strangers.update(names[:1])

    def _is_part(self, own: str) -> bool:
        return own in self._process_of or own in self._routes or own in self._flow.processes

    def _take_route(self, route: Route) -> None:
        """Note a route that was taken; a message that waits for others is not behind them yet."""
        self._passed.update((route.id, route.source))
        is_waiting = self._process_of[route.target].steps[route.target].kind in _WAITING
        (self._unknown if is_waiting else self._passed).add(route.target)

    def _take_succession(self, step: Step, following: _Row) -> None:
        """Note the route between two rows that follow each other, where there is one."""
        process = self._process_of[step.id]
        between = [route for route in process.routes_from(step.id) if route.target == following.step.id]
        if len(between) == 1 and not self._is_mixed:
            self._take_route(between[0])

    def _take_decision(self, router: Step, following: _Row | None) -> None:
        """Note which route a router took, or which it may have taken, by the row after its own."""
        process = self._process_of[router.id]
        routes = process.routes_from(router.id)
        possible = [each for each in routes if self._may_have_led(process, each, following)]
        has_taken_one = any(each.is_default or each.id == router.default_route for each in routes)
        if following is not None and following.step.kind not in _WAITING and not self._is_mixed:
            next_ones = [each for each in possible if each.target == following.step.id]
            possible, has_taken_one = next_ones or possible, has_taken_one or bool(next_ones)
        if len(possible) == 1 and has_taken_one and not self._is_mixed:
            self._take_route(possible[0])
        else:
            self._unknown.update(name for each in possible for name in (each.id, each.target))

    def _may_have_led(self, process: Process, route: Route, following: _Row | None) -> bool:
        """Whether a route may have been taken: its target has the next row, none, or in mixed rows any."""
        if process.steps[route.target].kind in _MAY_HAVE_NO_ROW:
            return True
        if not self._is_mixed:
            return following is not None and route.target == following.step.id
        return route.target in self._passed and len(process.routes_to(route.target)) > 1

    def _follow(self) -> None:
        """Follow the arrows from what was passed, back and forth, until nothing new is found."""
        before = -1
        while before < len(self._passed):
            before = len(self._passed)
            for name in list(self._passed):
                process = self._process_of.get(name)
                if process is not None:
                    self._follow_back(process, name)
                    self._follow_on(process, process.steps[name])

    def _follow_back(self, process: Process, step: str) -> None:
        """Where one route leads to a step that was passed, that route was taken.

        A gather takes what is left of parts that failed on their way, where the splitter does not stop.
        """
        routes = process.routes_to(step)
        if len(routes) != 1:
            return
        if self._failed and process.steps[step].kind in _WAITING:
            self._unknown.update((routes[0].id, routes[0].source))
        else:
            self._take_route(routes[0])

    def _follow_on(self, process: Process, step: Step) -> None:
        """Where one route leaves a step that was passed, and its target may have no row, it was taken.

        Not so where the step failed. The row of a process call has no error when what it called has failed.
        """
        if step.kind == "process call" and step.id not in self._failed:
            called = self._flow.processes.get(step.called_process)
            self._passed.update(start.id for start in (called.starts() if called else ()))
        routes = process.routes_from(step.id)
        if len(routes) != 1 or _decides(step) or step.id in self._failed:
            return
        (route,) = routes
        if process.steps[route.target].kind in _MAY_HAVE_NO_ROW:
            if self._failed and step.kind in _CALLS:
                self._unknown.update((route.id, route.target))
            else:
                self._take_route(route)

    def _leave_open(self, process: Process) -> None:
        """Note that a process may have run which has nothing but events, without a row of its own."""
        for start in process.starts():
            targets = [process.steps[route.target] for route in process.routes_from(start.id)]
            may_have_run = process.kind == "local" or not self._failed.isdisjoint(
                self._flow.processes[process.parent].steps if process.parent else ()
            )
            if may_have_run and all(target.kind in _ENDS for target in targets):
                self._unknown.update((start.id, *(target.id for target in targets)))


def _decides(step: Step) -> bool:
    """Whether a message need not take the one route that leaves a step: there may be no part of it."""
    return step.kind == "router" or step.kind.endswith("splitter")


def _runs_side_by_side(step: Step) -> bool:
    is_parallel = step.properties.get("ParallelProcessing", step.properties.get("parallelProcessing", ""))
    return step.kind == "parallel multicast" or is_parallel.lower() == "true"


def united(paths: Iterable[LoggedPath]) -> LoggedPath:
    """Return what several messages passed together; what one of them surely passed is known."""
    passed: set[str] = set()
    unknown: set[str] = set()
    strangers: set[str] = set()
    for each in paths:
        passed |= each.passed
        unknown |= each.unknown
        strangers |= each.strangers
    return LoggedPath(frozenset(passed), frozenset(unknown - passed), frozenset(strangers))
