"""The table of causes."""

from __future__ import annotations

import re

from pytest_iflow.diagnosis.table import CAUSES, SUBJECTS, closest_ids


def test_ids_are_of_one_form_and_used_once() -> None:
    """Features name them."""
    ids = [cause.id for module in SUBJECTS.values() for cause in module.CAUSES]
    assert len(ids) == len(set(ids)) == len(CAUSES)
    assert [name for name in ids if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []


def test_causes_yield_to_causes_that_there_are() -> None:
    """And to no two of them at once in a circle."""
    pairs = {(cause.id, other) for cause in CAUSES.values() for other in cause.yields_to}
    assert {other for _, other in pairs} <= CAUSES.keys()
    assert {(other, cause) for cause, other in pairs} & pairs == set()


def test_every_row_is_complete() -> None:
    """Nothing is empty, and what to read is a sentence."""
    for cause in CAUSES.values():
        assert all((cause.seen, cause.source))
        assert cause.why.endswith(".")
        assert cause.remedy.endswith(".")


def test_closest_ids_of_a_mistyped_one() -> None:
    """At most three, the closest first."""
    assert closest_ids("wrong-audiense")[0] == "wrong-audience"
    assert len(closest_ids("certificate")) == 3
    assert closest_ids("xyzxyzxyz") == []
