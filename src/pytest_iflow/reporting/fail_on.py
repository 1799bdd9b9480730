"""Which failures fail a run: any, or with ``--fail-on=new`` only those that are not known from before."""

from __future__ import annotations

from pytest_iflow.results.run_result import RunResult

NEW = "new"


def unknown_failures(run: RunResult) -> list[str]:
    """Return the node ids of failing scenarios that did not fail before: all, in a run without history."""
    known = set(run.changes.of("still failing")) if run.changes else set()
    failing = (each.node_id for each in run.scenarios if each.status in {"failed", "broken"})
    return [node_id for node_id in failing if node_id not in known]


def is_as_before(run: RunResult) -> bool:
    """Tell whether nothing is wrong with a run but what was wrong before.

    A scenario that the end of the run kept from running could be wrong, and so counts.
    """
    counts = run.counts
    cut_short = run.interrupted or run.environment_problems or counts["not run"]
    return not (cut_short or run.collection_errors or run.leaks or unknown_failures(run))
