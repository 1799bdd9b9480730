"""Which scenarios a change may affect that stands in no part they passed: what is shared, new and gone."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_iflow.iflow_model.flow_state import FlowState
from pytest_iflow.results.affected_scenarios import Affected, ChangedFlows, count_lines
from pytest_iflow.results.flow_paths import NOBODY, FlowPaths, RecordedWay, RunState, Way, no_paths


def state(own: str, keeping: str = "", *, is_fed: bool = False, whole: str = "1", **parts: str) -> FlowState:
    """Return a flow whose parts have these digests."""
    details = {name: {f"step {name}": text} for name, text in parts.items()}
    return FlowState(own, own, {"settings": whole}, details, frozenset(filter(None, [keeping])), is_fed)


def recorded(
    flows: list[FlowState], ways: Mapping[str, Way], files: Mapping[str, str] | None = None
) -> FlowPaths:
    """Return the record of one run with these flows, in which all scenarios passed."""
    run = RunState("2026-01-01", files or {}, {each.id: each.digests for each in flows})
    seen = {name: RecordedWay(way, "text", passed=True) for name, way in ways.items()}
    return no_paths().with_run(run, seen, lambda _: False)


def reasons(
    paths: FlowPaths, before: list[FlowState], after: list[FlowState], sha256: str = ""
) -> dict[str, str]:
    """Return what is said of each scenario."""
    flows = ChangedFlows("old.zip", {each.id: each for each in before}, {each.id: each for each in after})
    judged = Affected(paths, flows, lambda _: sha256).judged()
    return {node_id: each.reason for node_id, each in judged.items()}


def test_scenarios_that_share_a_store_with_a_change_run() -> None:
    """One writes what another one reads, be it in another iFlow; without a change there nobody minds."""
    writer, reader = state("W", "put", put="1", set="1"), state("R", "get", get="1", other="1")
    ways: dict[str, Way] = {"w": {"W": ("put",)}, "r": {"R": ("get", "other")}, "o": {"R": ("other",)}}
    paths = recorded([writer, reader], ways)
    old = state("W", "put", put="1", set="0")
    assert reasons(paths, [old], [writer, reader]) == {"w": "shares", "r": "shares", "o": "untouched"}
    assert set(reasons(paths, [writer], [writer, reader]).values()) == {"untouched"}
    plain = state("R", get="1", other="0")
    assert reasons(recorded([writer, plain], ways), [state("R", get="1", other="1")], [writer, plain]) == {
        "w": "untouched",
        "r": "passes",
        "o": "passes",
    }


def test_iflows_that_came_or_went_since() -> None:
    """A new one that others feed may take a message; of one that is gone nobody knows what comes instead."""
    one, two = state("A", a="1"), state("B", b="1")
    paths = recorded([one, two], {"a": {"A": ("a",)}, "b": {"B": ("b",)}, "none": {}})
    fed = {"a": "other state", "b": "other state", "none": "untouched"}
    assert reasons(paths, [one], [one, two, state("C", is_fed=True)]) == fed
    assert set(reasons(paths, [one], [one, two, state("C")]).values()) == {"untouched"}
    assert reasons(paths, [one], [one]) == {"a": "untouched", "b": "other state", "none": "untouched"}
    lost = recorded([one, two], {"a": {"A": ("a",)}, "lost": {NOBODY: ()}})
    called = FlowState("C", "C", {}, {}, frozenset(), is_fed=False, addresses=frozenset({"/c"}))
    assert reasons(lost, [one], [one, two, called]) == {"a": "untouched", "lost": "other state"}
    assert reasons(lost, [one], [one, two])["lost"] == "untouched"
    flows = ChangedFlows("old.zip", {"A": one, "B": two}, {"A": one})
    assert list(flows.changes()) == ["B, which the local tenant does not run any more"]
    assert reasons(paths, [one, two], [one])["b"] == "passes"


def test_a_record_of_neither_state_counts_by_what_it_says() -> None:
    """A scenario that ran with a third state is left out only where it passed nothing that is other now."""
    now, old, third = state("A", a="1", b="1"), state("A", a="1", b="0"), state("A", a="2", b="1")
    paths = recorded([third], {"a": {"A": ("a",)}, "b": {"A": ("b",)}, "c": {"A": ("c",)}})
    assert reasons(paths, [old], [now]) == {"a": "other state", "b": "passes", "c": "untouched"}
    files = recorded([now], {"a": {"A": ("a",)}}, {"x.json": "1"})
    assert reasons(files, [now], [now], "1") == {"a": "untouched"}
    assert reasons(files, [now], [now], "2") == {"a": "file"}


def test_the_lines_name_what_is_most_telling_first() -> None:
    """Of many parts the first ones are named."""
    many = state("A", s0="1", s1="1", s2="1", s3="1", s4="1", s5="1", s6="1", s7="1", s8="1", s9="1")
    flows = ChangedFlows("old.zip", {"A": state("A", whole="0")}, {"A": many})
    first, more, left = count_lines({"passes": 2, "file": 1, "test": 1, "untouched": 1000}, flows, ["x.json"])
    assert first.startswith(
        "changed since old.zip: 2 of 1,004 scenarios pass what changed in A: settings, step s0"
    )
    assert first.endswith(" and 3 more")
    assert more == "also run: 1 recorded with other files, 1 in Python (x.json)"
    assert left == "left out: 1,000"
