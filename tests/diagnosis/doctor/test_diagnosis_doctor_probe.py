"""Probes one after the other."""

from __future__ import annotations

from functools import partial

from pytest_iflow.diagnosis.doctor.probe import (
    Examination,
    Observation,
    Probe,
    State,
    passed,
    skipped,
    unanswered,
)
from pytest_iflow.errors import CallError, IflowError
from pytest_iflow.run import Run


def breaks() -> Observation:
    """Raise an error that the table of causes knows."""
    raise CallError("nothing answers", cause="connection-refused")


def test_probe_that_needs_a_broken_one_is_skipped_for_its_origin(local_run: Run) -> None:
    """However many stand between; what needs nothing of it goes on."""
    examination = Examination(partial(unanswered, local_run))
    for probe in (
        Probe("TCP", "a", breaks),
        Probe("TLS", "a", lambda: passed("good"), ("TCP a",)),
        Probe("token", "b", lambda: passed("good"), ("TLS a",)),
        Probe("clock", "c", lambda: passed("good")),
    ):
        examination.perform(probe)
    assert [(one.probe.title, one.state, one.because) for one in examination.results] == [
        ("TCP a", State.FAILED, None),
        ("TLS a", State.SKIPPED, "TCP a"),
        ("token b", State.SKIPPED, "TCP a"),
        ("clock c", State.PASSED, None),
    ]
    assert examination.first_broken is examination.results[0]
    assert examination.results[0].observation.advice[0].cause == "connection-refused"


def test_probe_without_anything_to_look_at_skips_those_that_need_it(local_run: Run) -> None:
    """Nothing is broken then."""
    examination = Examination(partial(unanswered, local_run))
    examination.perform(Probe("endpoint", "a", lambda: skipped("no key")))
    assert examination.perform(Probe("artifact", "a", breaks, ("endpoint a",))).because == "endpoint a"
    assert examination.first_broken is None


def test_error_that_no_cause_explains_speaks_for_itself(local_run: Run) -> None:
    """With its own remedy."""

    def odd() -> Observation:
        raise IflowError("something odd", where="there", remedy="look")

    (advice,) = Examination(partial(unanswered, local_run)).perform(Probe("odd", "a", odd)).observation.advice
    assert (advice.why, advice.remedy, advice.evidence, advice.cause) == (
        *("something odd", "look", ("where: there",), None),
    )
