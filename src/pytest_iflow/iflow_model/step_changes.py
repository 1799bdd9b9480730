"""What changed in the steps of a flow, in their branches, and in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_iflow.iflow_model.change import SAID_ELSEWHERE, Change, paired
from pytest_iflow.iflow_model.flow import UNKNOWN, Flow, Process, Route, Step
from pytest_iflow.iflow_model.value_changes import change_words, property_changes


def steps_by_id(flow: Flow) -> dict[str, tuple[Process, Step]]:
    """Return the steps of all processes with their process."""
    processes = flow.processes.values()
    return {step.id: (process, step) for process in processes for step in process.steps.values()}


def step_word(step: Step) -> str:
    """Return how a step is called in a sentence."""
    word = step.kind if step.kind != UNKNOWN else step.activity_type or step.element
    return f'{word} "{step.name or step.id}"'


def step_changes(old: tuple[Process, Step] | None, new: tuple[Process, Step] | None) -> Iterator[Change]:
    """Yield what became of a step: added, removed, or changed in what it is and says."""
    if old is not None and new is not None:
        yield from _in_both(*old, *new)
    for state, held in ("removed", old), ("added", new):
        if held is not None and (old is None or new is None):
            process, step = held
            before = [_step_name(process, route.source) for route in process.routes_to(step.id)]
            after = f' after "{before[0]}"' if before and state == "added" else ""
            words = f'{step_word(step)} {state}{after} in "{process.name}"'
            yield Change(f"step-{state}", step.id, step.name, words, process.name)


def _in_both(was_in: Process, was: Step, process: Process, step: Step) -> Iterator[Change]:
    def change(what: str, words: str, before: str, after: str) -> Change:
        return Change(what, step.id, step.name, words, process.name, before, after)

    said = step_word(step)
    if was.kind != step.kind:
        yield change("step-kind", f"{step_word(was)} is a {step.kind} now", was.kind, step.kind)
    if was.name != step.name:
        yield change("step-renamed", f'{step_word(was)} is called "{step.name}" now', was.name, step.name)
    if was_in.id != process.id and was_in.name != process.name:
        words = f'{said} moved from "{was_in.name}" to "{process.name}"'
        yield change("step-moved", words, was_in.name, process.name)
    for what, word, before, after in (
        ("version", "version", was.variant_version, step.variant_version),
        ("loop", "loop", _loop_word(was), _loop_word(step)),
    ):
        if before != after:
            yield change(what, f"{said}: its {word} {change_words(before, after)}", before, after)
    for one in property_changes(was.properties, step.properties, SAID_ELSEWHERE):
        yield change("property", f"{said}: {one.words}", one.old, one.new)


def _loop_word(step: Step) -> str:
    return f"while {step.loop.condition}, at most {step.loop.maximum} times" if step.loop else ""


def branch_changes(old: Flow, new: Flow, same: Mapping[str, str]) -> Iterator[Change]:
    """Yield what became of the branches of routers and multicasts.

    ``same`` has the id that a step of the old flow has in the new one. Branches of steps that were added or
    removed themselves are not told of.
    """
    known = {*same, *same.values()}
    pairs = paired(_routes(old), _routes(new), lambda held: tuple(same.get(end, end) for end in held[1:3]))
    for before, after in pairs:
        if before is not None and after is not None:
            yield from _branch_in_both(before[3], after[3], after[0])
        for state, held in ("removed", before), ("added", after):
            if held is None or (before is not None and after is not None):
                continue
            process, source, _, route = held
            if source in known and (route.condition or route.is_default):
                words = f"branch {_branch_word(route)}{_of(process, route)} {state}"
                yield Change(f"branch-{state}", route.id, route.name, words, process.name)


def _routes(flow: Flow) -> dict[str, tuple[Process, str, str, Route]]:
    """Return the routes of all processes with their process, and the ids of the steps that they connect."""
    processes = flow.processes.values()
    return {one.id: (process, one.source, one.target, one) for process in processes for one in process.routes}


def _branch_in_both(was: Route, route: Route, process: Process) -> Iterator[Change]:
    def change(what: str, words: str, before: str = "", after: str = "") -> Change:
        return Change(what, route.id, route.name, words, process.name, before, after)

    of = _of(process, route)
    said = (
        f'branch "{route.name}"{of}' if route.name else f'branch to "{_step_name(process, route.target)}"{of}'
    )
    if was.condition != route.condition:
        words = change_words(was.condition, route.condition)
        yield change("condition", f"{said}: its condition {words}", was.condition, route.condition)
    elif was.language != route.language:
        words = change_words(was.language, route.language)
        yield change(
            "condition", f"{said}: the language of its condition {words}", was.language, route.language
        )
    if was.is_default != route.is_default:
        yield change(
            "default-branch", f"{said} is {'the default now' if route.is_default else 'no default now'}"
        )
    if was.name != route.name:
        words = f'branch "{was.name}"{of} is called "{route.name}" now'
        yield change("branch-renamed", words, was.name, route.name)


def _step_name(process: Process, own: str) -> str:
    return process.steps[own].name or own if own in process.steps else own


def _of(process: Process, route: Route) -> str:
    source = process.steps.get(route.source)
    return f" of {step_word(source)}" if source else ""


def _branch_word(route: Route) -> str:
    said = f"if {route.condition}" if route.condition else "otherwise"
    return f'"{route.name}" ({said})' if route.name else f"({said})"


def order_changes(old: Flow, new: Flow, same: Mapping[str, str]) -> Iterator[Change]:
    """Yield the steps of both flows that others follow now; steps that came or went are passed over."""
    before, after = _followers(old, set(same)), _followers(new, set(same.values()))
    homes = steps_by_id(new)
    for was, own in same.items():
        expected = {same[one] for one in before.get(was, ())}
        found = after.get(own, set())
        if expected != found:
            process, step = homes[own]
            names = [
                ", ".join(sorted(homes[one][1].name or one for one in each)) for each in (expected, found)
            ]
            words = f"{step_word(step)}: what follows {change_words(*names)}"
            yield Change("order", own, step.name, words, process.name, *names)


def _followers(flow: Flow, kept: set[str]) -> dict[str, set[str]]:
    """Return for each kept step the kept ones that come next."""
    found: dict[str, set[str]] = {}
    for process in flow.processes.values():
        for own in process.steps:
            if own not in kept:
                continue
            seen: set[str] = set()
            waiting = [route.target for route in process.routes_from(own)]
            while waiting:
                name = waiting.pop()
                if name in seen:
                    continue
                seen.add(name)
                if name in kept:
                    found.setdefault(own, set()).add(name)
                else:
                    waiting += [route.target for route in process.routes_from(name)]
    return found
