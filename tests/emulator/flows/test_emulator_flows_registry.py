"""The flows that the tenant comes with."""

from __future__ import annotations

from pytest_iflow.emulator.flows.registry import FLOWS


def test_every_flow_has_a_path_and_an_id_of_its_own() -> None:
    """Addresses have to be unique in a tenant (wire-facts 4.1)."""
    assert len({flow.path for flow in FLOWS}) == len(FLOWS)
    assert len({flow.artifact for flow in FLOWS}) == len(FLOWS)


def test_addresses_that_suites_rely_on_are_there() -> None:
    """They do not move from one release to the next."""
    assert {flow.path for flow in FLOWS} >= {
        "/http/products/details",
        "/http/products/details/json",
        "/http/products/details/csrf",
        "/http/products/details/role",
        "/http/orders",
        "/http/idoc",
        "/http/echo",
        "/http/slow",
        "/http/large",
        "/http/broken-html",
        "/cxf/products",
    }
