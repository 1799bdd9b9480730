"""What messages passed in flows that the engine ran."""

from __future__ import annotations

from pytest_iflow.emulator.flows.passed import FlowPassage, Passages
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.run_record import FlowRun, StepRun
from tests.emulator.emulator_process import Emulator


def run_of(flow: str, *steps: tuple[str, str], called: tuple[FlowRun, ...] = ()) -> FlowRun:
    """Return a run that went through steps, each with the route taken from it."""
    found = FlowRun(flow, flow, "id", "id", Message(b""), 0.0, called=list(called))
    found.steps = [StepRun(0, step, step, "task", "p", "", 0.0, route=route) for step, route in steps]
    return found


ORDERS = run_of("Orders", ("a", "r1"), ("b", "r2"), ("a", "r1"), called=(run_of("Prices", ("x", "")),))
WAY = (FlowPassage("Orders", ("a", "b"), ("r1", "r2")), FlowPassage("Prices", ("x",), ()))


def test_each_part_is_kept_once_with_the_flows_that_were_called() -> None:
    """Messages that went the same way are answered together; unknown ones are left out."""
    passages = Passages()
    for name in ("m1", "m2"):
        passages.add(name, [ORDERS])
    passages.add("m3", [run_of("Orders", ("a", "r1"))])
    assert passages.of(["m1", "m2", "other"]) == [(["m1", "m2"], WAY)]
    assert passages.of(["m3"]) == [(["m3"], (FlowPassage("Orders", ("a",), ("r1",)),))]
    assert passages.others(["m3"]) == list(WAY)
    assert passages.others(["m1", "m2", "m3"]) == []
    passages.clear()
    assert passages.of(["m1", "m3"]) == []


def test_the_oldest_messages_go() -> None:
    """Memory is bounded, and it is known that something is missing."""
    passages = Passages(most=2)
    for name in ("m1", "m2", "m3"):
        passages.add(name, [ORDERS])
    assert passages.of(["m1", "m2", "m3"]) == [(["m2", "m3"], WAY)]
    assert passages.forgotten == 1


def test_the_order_refuses_what_is_no_question(emulator: Emulator) -> None:
    """It names what it expects; messages that it does not know are no mistake."""
    url = f"{emulator.api}/emulator/flow-coverage"
    emulator.reset()  # it is one for all tests of a process
    assert emulator.request("POST", url, json={"messages": ["AG"]}).json() == {
        "ways": [],
        "others": [],
        "forgotten": 0,
    }
    for body in (b"no JSON", b"[]", b'{"messages": 1}', b"{}"):
        refused = emulator.request("POST", url, data=body)
        assert (refused.status_code, refused.text[:24]) == (400, "The body is no question.")
