"""What scripts of exported iFlows printed."""

from __future__ import annotations

from pytest_iflow.emulator.flows.script_prints import MOST_KEPT, MOST_OF_MESSAGE, ScriptPrint, ScriptPrints
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.run_record import FlowRun
from tests.emulator.emulator_process import Emulator


def run_of(flow: str, *printed: tuple[str, str, int], called: tuple[FlowRun, ...] = ()) -> FlowRun:
    """Return a run whose scripts have printed texts."""
    return FlowRun(flow, flow, "id", "id", Message(b""), 0.0, called=list(called), printed=list(printed))


def test_prints_are_kept_by_message_and_shown_to_who_watches() -> None:
    """Those of flows that were called as well; what is no text of a terminal is made harmless."""
    shown: list[str] = []
    prints = ScriptPrints(shown.append)
    prices = run_of("Prices", ("Price", "one\x1b[2J\ntwo\n", 5))
    prints.add("m1", [run_of("Orders", ("Read", "begun", 0), called=(prices,))])
    prints.add("m2", [run_of("Orders")])
    assert prints.of(["m2", "m1", "other"]) == [
        ScriptPrint("m1", "Orders", "Read", "begun"),
        ScriptPrint("m1", "Prices", "Price", "one\x1b[2J\ntwo\n", 5),
    ]
    assert "".join(shown).splitlines() == [
        'Orders, script "Read": begun',
        'Prices, script "Price": one?[2J',
        'Prices, script "Price": two',
        'Prices, script "Price": 5 bytes more',
    ]
    prints.clear()
    assert prints.of(["m1"]) == []


def test_memory_is_bounded() -> None:
    """Of one message, and of all: the oldest goes."""
    prints = ScriptPrints()
    long = "x" * (MOST_OF_MESSAGE // 2 + 1)
    for number in range(MOST_KEPT // MOST_OF_MESSAGE + 1):
        prints.add(str(number), [run_of("Orders", ("a", long, 0), ("b", long, 1))])
    assert prints.of(["0"]) == []
    first, second = prints.of(["1"])
    assert (len(first.text) + len(second.text), second.left_out) == (MOST_OF_MESSAGE, 3)


def test_the_order_refuses_what_is_no_question(emulator: Emulator) -> None:
    """Messages that it does not know are no mistake."""
    url = f"{emulator.api}/emulator/script-prints"
    assert emulator.request("POST", url, json={"messages": ["AG"]}).json() == {
        "printed": [],
        "has_scripts": False,
    }
    refused = emulator.request("POST", url, data=b"[]")
    assert (refused.status_code, refused.text[:24]) == (400, "The body is no question.")
