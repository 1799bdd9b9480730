"""No false green and no false red, whatever faults there are; ``benchmarks/verdicts.py`` runs 1,000 cases."""

from __future__ import annotations

from tests.monitoring.order_tenant import EmulatedTenant
from tests.monitoring.seeded_verdicts import judged

pytest_plugins = ["tests.monitoring.order_tenant"]


def test_named_logs_are_judged_right(naming_tenant: EmulatedTenant) -> None:
    """By the id that the answer names."""
    outcomes = list(judged(naming_tenant, 1, 40, with_ids=True))
    assert [each for each in outcomes if each.is_false_green or each.is_false_red] == []
    assert "green" in {each.verdict for each in outcomes}


def test_logs_by_application_id_are_judged_right(silent_tenant: EmulatedTenant) -> None:
    """None of them is ambiguous."""
    outcomes = list(judged(silent_tenant, 3, 30, with_ids=True))
    assert [each for each in outcomes if each.is_false_green or each.is_false_red] == []
    assert "ambiguous" not in {each.verdict for each in outcomes}


def test_logs_by_time_are_judged_right_or_not_at_all(silent_tenant: EmulatedTenant) -> None:
    """Many at a time are ambiguous, and none is judged by another's log."""
    outcomes = list(judged(silent_tenant, 4, 24, with_ids=False))
    assert [each for each in outcomes if each.is_false_green or each.is_false_red] == []
    assert "ambiguous" in {each.verdict for each in outcomes}
