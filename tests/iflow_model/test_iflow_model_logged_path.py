"""The way of a message by the steps in its log, held against the way that the engine has recorded."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from pytest_iflow.iflow_engine.engine import Engine
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.run_record import FlowRun
from pytest_iflow.iflow_model.flow import Flow
from pytest_iflow.iflow_model.logged_path import LoggedPath, LoggedStep, logged_path, united
from tests import engine_flows as flows
from tests import exported_bundles as made

SEEDS = 100
ENDS = ("end", "message end", "error end", "escalation end")
STARTS = ("start", "message start", "error start")


@dataclass
class RandomFlow:
    """A flow of nested routers, splitters, multicasts and calls, as ``chance`` has it."""

    chance: random.Random
    parts: list[str] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)
    number: int = 0

    def own(self, kind: str) -> str:
        """Return a new id."""
        self.number += 1
        return f"{kind}{self.number}"

    def link(self, sources: Sequence[tuple[str, str, str]], target: str) -> None:
        """Lead routes, which have an id and a condition each, to a step."""
        self.parts += [made.route(own, source, target, condition) for own, source, condition in sources]

    def add(self, sources: Sequence[tuple[str, str, str]], part: str) -> list[tuple[str, str, str]]:
        """Add a step behind the sources; return the route that leaves it."""
        own = flows.own_id(part)
        self.link(sources, own)
        self.parts.append(part)
        return [(self.own("r"), own, "")]

    def chain(self, sources: list[tuple[str, str, str]], depth: int) -> list[tuple[str, str, str]]:
        """Add blocks in a row; return the routes that wait for what comes behind them, if any gets there."""
        for _ in range(self.chance.randint(0 if depth else 1, 3)):
            if not sources:
                break
            kinds = list(BLOCKS)[: 2 if depth > 3 else 3 if depth > 2 else None]
            kind = self.chance.choices(kinds, [BLOCKS[each] for each in kinds])[0]
            sources = getattr(self, f"_{kind}")(sources, depth + 1)
        return sources

    def _step(self, sources: list[tuple[str, str, str]], _depth: int) -> list[tuple[str, str, str]]:
        return self.add(sources, flows.modifier(self.own("cm")))

    def _fails(self, sources: list[tuple[str, str, str]], _depth: int) -> list[tuple[str, str, str]]:
        return self.add(sources, made.step(self.own("fails"), "fails", "Filter", wrapContent="//["))

    def _router(self, sources: list[tuple[str, str, str]], depth: int) -> list[tuple[str, str, str]]:
        own = self.own("router")
        routes = [self.own("r") for _ in range(self.chance.randint(2, 3))]
        default = routes[-1] if self.chance.random() < 0.8 else ""
        self.add(sources, made.router(own, own, routes, default))
        left: list[tuple[str, str, str]] = []
        for route in routes:
            left += self.chain([(route, own, "" if route == default else self._condition())], depth)
            if left and self.chance.random() < 0.2:
                self.link(left[-1:], self._end())
                left = left[:-1]
        return left

    def _condition(self) -> str:
        part = f"${{property.CamelSplitIndex}} = '{self.chance.randint(0, 2)}'"
        return self.chance.choice([part, *(f"${{header.h{each}}} = 'a'" for each in range(3))])

    def _splitter(self, sources: list[tuple[str, str, str]], depth: int) -> list[tuple[str, str, str]]:
        held = {"splitExprValue": "//i", "exprType": "XPath"}
        held["StopOnExecution"] = self.chance.choice(["true", "false"])
        splitter = made.step(self.own("split"), "split", "Splitter", "GeneralSplitter", **held)
        return self._gathered(self.chain(self.add(sources, splitter), depth))

    def _gathered(self, sources: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
        if not sources:
            return []
        return self.add(
            sources, made.step(self.own("gather"), "g", "Gather", aggregationAlgorithm="concatenate-strategy")
        )

    def _multicast(self, sources: list[tuple[str, str, str]], depth: int) -> list[tuple[str, str, str]]:
        own, kind = self.own("multi"), self.chance.choice(["Multicast", "SequentialMulticast"])
        held = {"activityType": kind, "cmdVariantUri": made.variant(kind)}
        self.add(sources, made.tag("parallelGateway", own, own, made.extension(held)))
        left = [each for _ in range(2) for each in self.chain([(self.own("r"), own, "")], depth)]
        if not left:
            return []
        held = {"activityType": "Join", "cmdVariantUri": made.variant("Join")}
        joined = self.add(left, made.tag("parallelGateway", self.own("join"), "j", made.extension(held)))
        return self._gathered(joined)

    def _call(self, sources: list[tuple[str, str, str]], depth: int) -> list[tuple[str, str, str]]:
        name = self.own("local")
        self.processes.append(self._process(name, depth, made.event(self.own("s"), "Start")))
        call = made.step(self.own("call"), "c", "ProcessCallElement", "NonLoopingProcess", processId=name)
        return self.add(sources, call)

    def _process(self, name: str, depth: int, start: str) -> str:
        outer, self.parts = self.parts, []
        self._ended(start, depth)
        parts, self.parts = self.parts, outer
        return made.process(name, name, parts, "LocalIntegrationProcess")

    def _ended(self, start: str, depth: int) -> None:
        left = self.chain(self.add([], start), depth)
        if left:
            self.link(left, self._end())

    def _end(self) -> str:
        own = self.own("end")
        self.parts.append(flows.end(own))
        return own

    def run(self) -> tuple[Flow, FlowRun]:
        """Run one message through it."""
        self._ended(flows.start(), 0)
        main = self.parts
        if self.chance.random() < 0.6:
            self.parts = []
            self._ended(made.event("err", "Error", definition="error"), 1)
            main.append(made.exception_process("handler", "Handler", self.parts))
        headers = {f"h{each}": self.chance.choice("ab") for each in range(3)}
        deployed = flows.deployed(flows.bundle_files(main, self.processes))
        engine = Engine()
        engine.deploy(deployed)
        done = engine.start(deployed.id, Message("<o><i/><i/><i/></o>", headers))
        return deployed.flow, done


BLOCKS = {"step": 3, "fails": 0.3, "router": 4, "splitter": 2, "multicast": 2, "call": 2}


def rows(done: FlowRun, *, branches: bool, left_out: Sequence[str] = ()) -> list[LoggedStep]:
    """Return the rows of a run, without those of some kinds."""
    return [
        LoggedStep((each.step,), each.branch if branches else "", bool(each.error))
        for each in done.steps
        if each.kind not in left_out
    ]


def counted(flow: Flow) -> set[str]:
    """Return the parts that coverage counts: steps, and the routes of routers."""
    found: set[str] = set()
    for process in flow.processes.values():
        routers = {own for own, step in process.steps.items() if step.kind == "router"}
        found.update(process.steps, (each.id for each in process.routes if each.source in routers))
    return found


MODES = ((True, (), 0.75), (False, (), 0.6), (False, (*STARTS, *ENDS), 0.5))
"""Whether rows name their branches, which kinds have none, and how many flows leave nothing open at least."""


def test_what_is_said_is_so() -> None:
    """No part counts as passed that was not, none as missed that was."""
    whole = [0] * len(MODES)
    for seed in range(SEEDS):
        flow, done = RandomFlow(random.Random(seed)).run()  # noqa: S311, no secret
        took, counts = {*(each.step for each in done.steps), *done.routes()}, counted(flow)
        for number, (branches, left_out, _) in enumerate(MODES):
            path = logged_path(flow, rows(done, branches=branches, left_out=left_out))
            assert path.passed <= took, (seed, number, sorted(path.passed - took))
            missed = counts - path.passed - path.unknown
            assert missed.isdisjoint(took), (seed, number, sorted(missed & took))
            assert not path.strangers
            whole[number] += path.passed & counts == took & counts
    assert all(count >= share * SEEDS for count, (_, _, share) in zip(whole, MODES, strict=True))


def orders() -> Flow:
    """Return a flow with a router whose routes share their end, and one that leads to it at once."""
    parts = [
        flows.start("StartEvent_1"),
        made.router("Gateway_2", "Router", ["f3", "f4", "f5"], "f5"),
        flows.modifier("CallActivity_3"),
        flows.call_step("ServiceTask_4"),
        flows.end("EndEvent_5"),
        made.route("f1", "StartEvent_1", "Gateway_2"),
        made.route("f3", "Gateway_2", "CallActivity_3", "${header.a} = '1'"),
        made.route("f4", "Gateway_2", "ServiceTask_4", "${header.a} = '2'"),
        made.route("f5", "Gateway_2", "EndEvent_5"),
        made.route("f6", "CallActivity_3", "EndEvent_5"),
        made.route("f7", "ServiceTask_4", "EndEvent_5"),
    ]
    sender = made.adapter("MessageFlow_1", "HTTPS", "Sender", "Sender", "StartEvent_1", address="/orders")
    shop = flows.receiver("Shop", "HTTP", "ServiceTask_4", httpAddressWithoutQuery="https://shop.example")
    return flows.deployed(flows.bundle_files(parts, (), [sender, *shop])).flow


def way_to_the_end(route: str) -> set[str]:
    """Return what lies before and behind the steps of that flow, by one of its routes."""
    return {"StartEvent_1", "f1", "Gateway_2", route, "EndEvent_5"}


def path_of(*ids: str, failed: str = "", is_whole: bool = True) -> LoggedPath:
    """Return what rows with these ids tell of that flow."""
    said = [LoggedStep((each,), failed=each == failed) for each in ids]
    return logged_path(orders(), said, is_whole=is_whole)


def test_adapters_and_several_rows_of_a_step_are_read_as_tenants_write_them() -> None:
    """A sender's row stands for the start event, several rows for one step (wire-facts 5.7)."""
    path = path_of(
        "MessageFlow_1",
        "MessageFlow_1",
        "Gateway_2",
        "ServiceTask_4",
        "ServiceTask_4",
        "a-Shop#1",
        "Process_1",
    )
    assert path.passed == {*way_to_the_end("f4"), "ServiceTask_4", "f7"}
    assert path.strangers == {"Process_1"}
    by_own_id = logged_path(orders(), [LoggedStep(("x", "ServiceTask_4")), LoggedStep(("f6", ""))])
    assert {"f4", "f6", "CallActivity_3"} <= by_own_id.passed


def test_what_cannot_be_told_apart_is_unknown() -> None:
    """A default route to an end without a row is the one way that is left; after an error nothing is sure."""
    assert path_of("Gateway_2").passed == way_to_the_end("f5")
    failed = path_of("Gateway_2", "ServiceTask_4", failed="ServiceTask_4")
    assert failed.passed == {"StartEvent_1", "f1", "Gateway_2", "f4", "ServiceTask_4"}
    assert failed.unknown == set()
    late = path_of("ServiceTask_4", is_whole=False)
    assert "CallActivity_3" in late.unknown
    both = united([late, path_of("CallActivity_3")])
    assert "CallActivity_3" in both.passed - both.unknown
