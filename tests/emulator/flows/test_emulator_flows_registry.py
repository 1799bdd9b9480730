"""The deployed flows."""

from __future__ import annotations

from pytest_iflow.emulator.flows.registry import FLOWS


def test_flows_are_found_by_address() -> None:
    """Every address is the one of its flow, and no artifact is deployed twice."""
    assert list(FLOWS) == [
        "/products/details",
        "/products/details/json",
        "/echo",
        "/slow",
        "/large",
        "/broken-html",
    ]
    assert len({flow.artifact for flow in FLOWS.values()}) == len(FLOWS)
