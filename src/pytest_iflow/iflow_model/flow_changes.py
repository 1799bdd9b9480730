"""What changed between two states of a flow: settings, processes, steps, systems and adapters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_iflow.iflow_model.change import SAID_ELSEWHERE, Change, Pairs, paired
from pytest_iflow.iflow_model.flow import Adapter, Flow, Process
from pytest_iflow.iflow_model.kinds import address_properties
from pytest_iflow.iflow_model.step_changes import branch_changes, order_changes, step_changes, steps_by_id
from pytest_iflow.iflow_model.value_changes import change_words, property_changes


def flow_changes(old: Flow, new: Flow) -> Iterator[Change]:
    """Yield what changed in a flow."""
    for one in property_changes(old.properties, new.properties, SAID_ELSEWHERE):
        yield Change("setting", one.property, "", f"of the flow: {one.words}", "", one.old, one.new)
    yield from _process_changes(paired(old.processes, new.processes, lambda one: (one.kind, one.name)))
    steps = paired(
        steps_by_id(old), steps_by_id(new), lambda held: (held[1].kind, held[1].name, held[0].name)
    )
    same = {before[1].id: after[1].id for before, after in steps if before is not None and after is not None}
    for before, after in steps:
        yield from step_changes(before, after)
    yield from branch_changes(old, new, same)
    yield from order_changes(old, new, same)
    yield from _system_changes(old, new)
    yield from _adapter_changes(old, new, same)


def _process_changes(pairs: Pairs[Process]) -> Iterator[Change]:
    for before, after in pairs:
        one = after or before
        if one is None:
            continue
        said = f'{"exception sub-process" if one.kind == "exception" else "process"} "{one.name}"'
        if before is None:
            yield Change("process-added", one.id, one.name, f"{said} added", one.name)
        elif after is None:
            yield Change("process-removed", one.id, one.name, f"{said} removed", one.name)
        else:
            if before.name != after.name:
                words = f'process "{before.name}" is called "{after.name}" now'
                yield Change("process-renamed", one.id, one.name, words, one.name, before.name, after.name)
            for each in property_changes(before.properties, after.properties, SAID_ELSEWHERE):
                words = f"{said}: {each.words}"
                yield Change("property", one.id, one.name, words, one.name, each.old, each.new)


def _system_changes(old: Flow, new: Flow) -> Iterator[Change]:
    """Yield which senders and receivers were added, removed or renamed; pools are told of as processes."""
    left, right = (
        {own: one for own, one in flow.participants.items() if one.kind != "process"} for flow in (old, new)
    )
    for before, after in paired(left, right, lambda one: (one.kind, one.name)):
        one = after or before
        if one is None:
            continue
        if before is None or after is None:
            state = "added" if before is None else "removed"
            yield Change(f"system-{state}", one.id, one.name, f'{one.kind} "{one.name}" {state}')
        elif before.name != after.name:
            words = f'{one.kind} "{before.name}" is called "{after.name}" now'
            yield Change("system-renamed", one.id, one.name, words, "", before.name, after.name)


def _adapter_changes(old: Flow, new: Flow, same: Mapping[str, str]) -> Iterator[Change]:
    left, right = ({one.id: one for one in flow.adapters} for flow in (old, new))
    pairs = paired(left, right, lambda one: (one.direction, one.kind, same.get(one.step, one.step)))
    for before, after in pairs:
        one, flow = (after, new) if after is not None else (before, old)
        if one is None:
            continue
        said = adapter_word(flow, one)
        if before is None or after is None:
            state = "added" if before is None else "removed"
            address = f": {one.address}" if before is None and one.address else ""
            yield Change(f"adapter-{state}", one.id, one.name, f"{said} {state}{address}")
        else:
            yield from _changes_of_adapter(before, after, said)


def _changes_of_adapter(old: Adapter, new: Adapter, said: str) -> Iterator[Change]:
    for what, words, before, after in (
        ("adapter-kind", "kind", old.kind, new.kind),
        ("adapter-address", "address", old.address, new.address),
        ("version", "version", old.variant_version, new.variant_version),
    ):
        if before != after:
            yield Change(
                what,
                new.id,
                new.name,
                f"{said}: its {words} {change_words(before, after)}",
                "",
                before,
                after,
            )
    known = {*SAID_ELSEWHERE, *address_properties(old.kind), *address_properties(new.kind)}
    for one in property_changes(old.properties, new.properties, known):
        yield Change("property", new.id, new.name, f"{said}: {one.words}", "", one.old, one.new)


def adapter_word(flow: Flow, adapter: Adapter) -> str:
    """Return how an adapter is called in a sentence."""
    participant = flow.participants.get(adapter.participant)
    system = f' of "{participant.name}"' if participant else ""
    return f"{adapter.kind} {adapter.direction} adapter{system}"
