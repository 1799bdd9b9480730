"""Kinds of failures: what failed at the same step with the same message, or for the same known cause.

The rows of an outline differ in their values. So numbers and what stands in quotes do not count in the
message, and a step is the same for all rows of its outline. Answers that differ from golden messages are of
one kind where they differ at the same places, whichever step says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.results.scenario_result import ScenarioResult, StepResult

LINE_SHOWN = 300
"""Characters of the first line of a message that are shown where it stands for the whole."""

_VALUE = lazy_pattern(r"\"[^\"]*\"|'[^']*'|[\w.:-]*\d[\w.:-]*")
"""What differs in the messages of one kind: a quoted text, a number, an id, a time."""

_LAST_STEP = lazy_pattern(r"(?P<above>\$.*|/.*)(?P<last>(?<=[^/])/@?[\w.-]+|\.[A-Za-z_]\w*)\Z")
"""A JSONPath or XPath, and the name that it ends with."""

MOST_IGNORED = 3
"""Rules that are suggested at once: who differs at more places is looked at."""


class FailureKind(Struct, frozen=True):
    """Failures of one kind, as they were given; ``cause`` is the id of their cause, empty if unknown.

    ``paths`` are those of rules ``ignore`` with which the answers would equal their golden messages,
    ``compared`` how many failures of the run differ from golden messages; none and 0 for any other kind.
    """

    cause: str
    failures: tuple[ScenarioResult, ...]
    paths: tuple[str, ...] = ()
    compared: int = 0

    @property
    def example(self) -> ScenarioResult:
        """The failure that stands for all."""
        return self.failures[0]


def kinds_of(failures: Iterable[ScenarioResult]) -> list[FailureKind]:
    """Return the kinds of ``failures``, the most frequent first."""
    failures = tuple(failures)
    texts: dict[str, set[str]] = {}
    for failure in failures:
        if step := failed_step(failure):
            texts.setdefault(step_place(failure, step), set()).add(step.text)
    kinds: dict[tuple[str, str, str], list[ScenarioResult]] = {}
    differing = _by_paths(failures)
    compared = sum(map(len, differing.values()))
    rest = {id(each) for alike in differing.values() for each in alike}
    for failure in failures:
        if id(failure) in rest:
            continue
        step = None if failure.cause else failed_step(failure)
        place = step_place(failure, step) if step else ""
        # The rows of an outline may put values into their step. Then only its place is the same for all.
        same = step.text if step and len(texts[place]) == 1 else place
        shape = _VALUE.sub("…", first_line(failure.message))
        kinds.setdefault((failure.cause, same, shape), []).append(failure)
    found = [FailureKind(cause, tuple(alike)) for (cause, _, _), alike in kinds.items()]
    found += [FailureKind("", tuple(alike), paths, compared) for paths, alike in differing.items()]
    return sorted(found, key=lambda kind: len(kind.failures), reverse=True)


def _by_paths(failures: Iterable[ScenarioResult]) -> dict[tuple[str, ...], list[ScenarioResult]]:
    """Return failures whose answers differ from golden messages, by the rules that let them pass."""
    differing = {
        id(each): (each, list(dict.fromkeys(place.path for place in each.golden_places)))
        for each in failures
        if each.golden_places and not each.cause and all(place.path for place in each.golden_places)
    }
    wholes: dict[str, set[str]] = {}
    for _, paths in differing.values():
        for path in paths:
            wholes.setdefault(anywhere(path), set()).add(path)
    found: dict[tuple[str, ...], list[ScenarioResult]] = {}
    for failure, paths in differing.values():
        key = tuple(sorted({_shared(path, wholes) for path in paths}))
        found.setdefault(key, []).append(failure)
    return found


def _shared(path: str, wholes: Mapping[str, set[str]]) -> str:
    """Return the path of a rule for all messages that differ at a place of this name."""
    return anywhere(path) if len(wholes[anywhere(path)]) > 1 else path


def anywhere(path: str) -> str:
    """Return the path to what has the same name anywhere in a message: ``//Time`` of ``/Order/Time``."""
    found = _LAST_STEP.fullmatch(path)
    if found is None:
        return path
    return f"$..{found['last'][1:]}" if path.startswith("$") else f"/{found['last']}"


def lets_pass(rule: str, path: str) -> bool:
    """Tell whether a rule ``ignore`` is one that is suggested for a place."""
    return _in_shell(rule) in {_in_shell(path), _in_shell(anywhere(path))}


def _in_shell(path: str) -> str:
    """Return a path as it stands between the single quotes of a shell: JSONPath takes either quotes."""
    return path.replace("'", '"')


def ignore_advice(kind: FailureKind, run: str) -> tuple[str, ...]:
    """Return the question whether a kind of difference may be, and the command; neither where no rule helps.

    ``run`` are the options that name the run, as ``RunResult.options``.
    """
    from pytest_iflow.checks.golden_rules import leads_to_all

    if not 0 < len(kind.paths) <= MOST_IGNORED or any(map(leads_to_all, kind.paths)):
        return ()
    number, places = len(kind.failures), ", ".join(kind.paths)
    rules = " ".join(f"--ignore='{_in_shell(path)}'" for path in kind.paths)
    some = f"{number} of {kind.compared} that differ do so" if kind.compared > 1 else "It differs"
    command = f"pytest-iflow golden {rules} {run}".rstrip()
    return f"{some} only at {places}: add an ignore rule?", command


def failed_step(failure: ScenarioResult) -> StepResult | None:
    """Return the step at which a scenario failed; None where that was before or after its steps."""
    return next((step for step in failure.steps if step.status in {"failed", "undefined"}), None)


def step_place(failure: ScenarioResult, step: StepResult) -> str:
    """Return file and line of a step, such as ``features/order.feature:12``."""
    return f"{failure.file}:{step.line}"


def first_line(message: str) -> str:
    """Return the first line of a message, cut where it is very long."""
    line = message.strip().partition("\n")[0]
    return line if len(line) <= LINE_SHOWN else f"{line[:LINE_SHOWN]}…"
