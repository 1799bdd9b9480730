"""Why a call was refused, said with the failure of the step that it failed."""

from __future__ import annotations

from pytest_iflow.diagnosis.explanation import explain
from pytest_iflow.diagnosis.gathering import facts_of_failure
from pytest_iflow.diagnosis.ranking import diagnose
from pytest_iflow.errors import IflowError
from pytest_iflow.run import Run
from pytest_iflow.transport.exchange import Exchange


def note_refusal(run: Run, error: BaseException, last: Exchange | None) -> str:
    """Add the diagnosis as a note to ``error``, where a call was refused or got no answer.

    Return the id of the likeliest cause, empty where none is recognised. ``last`` is the last exchange of the
    scenario. Notes are shown wherever an error is.
    """
    if not isinstance(error, IflowError | AssertionError):
        return ""
    facts = facts_of_failure(error, last, run)
    if facts is None:
        return ""
    findings = diagnose(facts)
    block = explain(facts, findings)
    if block and block not in getattr(error, "__notes__", ()):  # a failed token request is raised again
        error.add_note(block)
    return findings[0].cause.id if findings else ""
