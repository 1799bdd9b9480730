"""What the tenant knows about a message, and about finding it, comes into the report of a failure by itself.

The step that failed may have asked about something else: a body, a status. What the message log says is
shown all the same, since it often is the cause, also behind an answer with status 2xx.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.run import Run

MESSAGE_LOG = "message log"
"""Title of the note."""

ADVICE = "iflow_advice"
"""Attribute of a test report: what would make the run faster, in words for the terminal."""


class MessageEvidence:
    """Hands the report of the message of a failed step to all who take notes of the run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._advised = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the advice on the next report, with which it reaches the controller of xdist."""
        report = yield
        if not self._advised and (advice := self._run.pacing.advice):
            self._advised = True
            setattr(report, ADVICE, advice)
        return report

    @pytest.hookimpl(tryfirst=True)  # while the step is open, so that the note becomes a part of it
    def pytest_bdd_step_error(self, request: pytest.FixtureRequest) -> None:
        """Ask the tenant about the message of the last call, if there was one."""
        conversation = request.getfixturevalue("conversation")
        try:
            report = conversation.message_report()
        except IflowError as error:
            report = f"it could not be read: {error}"
        if report:
            self._run.note(MESSAGE_LOG, report)
