"""From facts to findings, the surest first."""

from __future__ import annotations

from pytest_iflow.diagnosis.cause import Certainty, Finding
from pytest_iflow.diagnosis.facts import Facts
from pytest_iflow.diagnosis.table import CAUSES

_ORDER = tuple(Certainty)


def diagnose(facts: Facts) -> tuple[Finding, ...]:
    """Return every cause that fits ``facts``, the surest first; empty where none is recognised.

    A cause yields to one that says the same more exactly, and beside a certain one no guess is named.
    """
    judged = {name: certainty for name, cause in CAUSES.items() if (certainty := cause.predicate(facts))}
    kept = {
        name: certainty
        for name, certainty in judged.items()
        if judged.keys().isdisjoint(CAUSES[name].yields_to)
    }
    if Certainty.CERTAIN in kept.values():
        kept = {name: certainty for name, certainty in kept.items() if certainty is Certainty.CERTAIN}
    return tuple(
        Finding(CAUSES[name], certainty, CAUSES[name].evidence(facts))
        for name, certainty in sorted(kept.items(), key=lambda item: _ORDER.index(item[1]))
    )
