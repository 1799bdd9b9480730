"""What is new, as a page groups it."""

from __future__ import annotations

from pytest_iflow.reporting.pages.changes import SHOWN, change_groups
from pytest_iflow.results.changes import CHANGES as ALL_CHANGES
from tests.reporting.page_samples import CHANGES, FAILED, NEW, PASSED, SKIPPED


def test_every_change_has_its_place() -> None:
    """None that a comparison can find is missing from the page; what is newly failing stands first."""
    assert set(SHOWN) == set(ALL_CHANGES)
    assert next(iter(SHOWN)) == "newly failing"


def test_scenarios_stand_under_their_change() -> None:
    """In the order of the run; unchanged ones are left out, and what is gone has its node id only."""
    groups = change_groups([SKIPPED, NEW, FAILED], CHANGES)
    assert [(group.change, [each.scenario for each in group.scenarios]) for group in groups] == [
        ("newly failing", [FAILED]),
        ("fixed", [SKIPPED]),
        ("new", [NEW]),
        ("gone", [None]),
    ]
    assert groups[-1].scenarios[0].node_id == "features/gone.feature::Gone <i>"
    assert SKIPPED.node_id == PASSED.node_id
