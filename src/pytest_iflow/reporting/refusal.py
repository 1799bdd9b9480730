"""Why a call was refused, said with the failure of the step that it failed."""

from __future__ import annotations

from pytest_iflow.diagnosis.explanation import explain
from pytest_iflow.diagnosis.gathering import facts_of_failure
from pytest_iflow.errors import IflowError
from pytest_iflow.run import Run
from pytest_iflow.transport.exchange import Exchange


def note_refusal(run: Run, error: BaseException, last: Exchange | None) -> None:
    """Add the diagnosis as a note to ``error``, where a call was refused or got no answer.

    ``last`` is the last exchange of the scenario. Notes are shown wherever an error is.
    """
    if not isinstance(error, IflowError | AssertionError):
        return
    facts = facts_of_failure(error, last, run)
    block = explain(facts) if facts else ""
    if block and block not in getattr(error, "__notes__", ()):  # a failed token request is raised again
        error.add_note(block)
