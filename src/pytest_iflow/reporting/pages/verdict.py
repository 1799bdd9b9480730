"""What became of a run, in sentences that need no table beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pytest_iflow.reporting.pages import plural
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioStatus


def verdict_sentence(result: RunResult) -> str:
    """Return what became of the run: what went wrong, how much, and how much of it is new."""
    counts = result.counts
    total = len(result.scenarios)
    scenarios = of_kinds(result, total)
    match result.verdict:
        case "failed":
            return " ".join(_what_failed(result))
        case "interrupted" if not result.interrupted:
            rest = (
                f"{counts['not run']:,} of {scenarios} {'was' if counts['not run'] == 1 else 'were'} not run"
            )
            return f"{rest}; nothing failed among the others, the rest is unknown."
        case "interrupted":
            ran = of_kinds(result, total - counts["skipped"] - counts["not run"])
            wrong = _kinds_of_failure(counts) or "nothing failed"
            return f"The run was interrupted after {ran}; {wrong} until then, the rest is unknown."
        case "nothing ran":
            return _why_nothing_ran(result)
        case "passed" if counts["skipped"]:
            return f"{counts['passed']:,} of {scenarios} passed, {counts['skipped']:,} skipped."
        case _:
            return f"{scenarios} ran, and nothing failed."


def of_kinds(result: RunResult, count: int) -> str:
    """Return a count with the noun for what ran: ``1 scenario``, ``2 tests``, ``7 scenarios and tests``."""
    kinds = {each.kind for each in result.scenarios}
    if len(kinds) > 1:
        return f"{count:,} scenario or test" if count == 1 else f"{count:,} scenarios and tests"
    return plural(count, *kinds or ("scenario",))


def _why_nothing_ran(result: RunResult) -> str:
    scenarios = of_kinds(result, len(result.scenarios))
    if result.environment_problems:
        return f"The environment is broken: {scenarios if result.scenarios else 'the suite was'} not run."
    if result.counts["not run"]:
        return f"{scenarios} found, and none was run: this run proves nothing."
    if result.scenarios:
        return f"{scenarios} found, every one skipped: this run proves nothing."
    return "No scenario was found: this run proves nothing."


def _what_failed(result: RunResult) -> Iterable[str]:
    counts = result.counts
    if result.leaks:
        yield f"A secret stands in the files of this run, in {plural(len(result.leaks), 'place')}."
    if wrong := counts["failed"] + counts["broken"]:
        ran = of_kinds(result, len(result.scenarios))
        yield f"{wrong:,} of {ran} did not pass: {_kinds_of_failure(counts)}."
        yield from _how_new(result)
    if result.collection_errors:
        yield f"{plural(len(result.collection_errors), 'file')} could not be collected."
    if result.interrupted:
        yield "The run was interrupted before its end."


def _kinds_of_failure(counts: Mapping[ScenarioStatus, int]) -> str:
    wrong: tuple[ScenarioStatus, ...] = ("failed", "broken")
    return ", ".join(f"{counts[status]:,} {status}" for status in wrong if counts[status])


def _how_new(result: RunResult) -> Iterable[str]:
    if result.changes is None:
        return
    newly = len(result.changes.of("newly failing"))
    wrong = {each.node_id for each in result.scenarios if each.status in {"failed", "broken"}}
    first = len(wrong.intersection(result.changes.of("new")))
    if newly:
        yield f"{newly:,} {'is' if newly == 1 else 'are'} newly failing."
    if first:
        yield f"{first:,} failed the first time that {'it' if first == 1 else 'they'} ran."
    if not newly and not first:
        yield "None of them is newly failing."
