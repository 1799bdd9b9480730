"""Why a call was refused, said with the failure of the step that it failed."""

from __future__ import annotations

from pytest_iflow.diagnosis.explanation import explain
from pytest_iflow.diagnosis.gathering import facts_of_failure
from pytest_iflow.diagnosis.ranking import diagnose
from pytest_iflow.errors import IflowError, note_cause
from pytest_iflow.run import Run
from pytest_iflow.transport.exchange import Exchange


def note_refusal(run: Run, error: BaseException, last: Exchange | None) -> None:
    """Set the likeliest cause of ``error`` (``errors.cause_of``), where the diagnosis recognises one.

    Where a call was refused or got no answer, the diagnosis is also added as a note: notes are shown wherever
    an error is. ``last`` is the last exchange of the scenario.
    """
    if not isinstance(error, IflowError | AssertionError):
        return
    facts = facts_of_failure(error, last, run)
    if facts is None:
        return
    findings = diagnose(facts)
    if findings:
        note_cause(error, findings[0].cause.id)
    if facts.exchange is None and facts.error is None:
        return  # a message that failed: the error has the text of its log
    block = explain(facts, findings)
    if block and block not in getattr(error, "__notes__", ()):  # a failed token request is raised again
        error.add_note(block)
