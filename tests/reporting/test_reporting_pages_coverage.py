"""Which deployed iFlows have a scenario."""

from __future__ import annotations

from msgspec.structs import replace

from pytest_iflow.reporting.pages.coverage import coverage_of
from tests.reporting.page_samples import FAILED, PASSED


def test_deployed_artifacts_are_told_apart_by_calls() -> None:
    """Sorted by id; a scenario counts once for an iFlow, however often it called it."""
    scenarios = [
        replace(PASSED, iflows=("Orders", "Orders", "by/address")),
        replace(FAILED, iflows=("Orders", "products")),
    ]
    coverage = coverage_of(scenarios, {"Stock": "1.0", "products": "2.0", "invoices": "3.0", "Orders": "1.1"})
    assert coverage is not None
    assert [(flow.id, flow.version) for flow in coverage.uncovered] == [("invoices", "3.0"), ("Stock", "1.0")]
    assert [(flow.id, dict(flow.counts)) for flow in coverage.covered] == [
        ("Orders", {"passed": 1, "failed": 1}),
        ("products", {"failed": 1}),
    ]
    assert coverage.others == ("by/address",)


def test_where_nothing_is_known_to_be_deployed_there_is_no_coverage() -> None:
    """An empty tenant and one that could not be asked look alike: neither is called covered."""
    assert coverage_of([replace(PASSED, iflows=("Orders",))], {}) is None
