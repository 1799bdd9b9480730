"""Clocks that differ, and clients that are one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_iflow.diagnosis.facts import Facts
from tests.diagnosis.refusing import RefusingTenant

if TYPE_CHECKING:
    from tests.diagnosis.conftest import Recognise


def test_clocks_that_differ(recognise: Recognise) -> None:
    """Measured, in both directions, and from a minute on."""
    for seconds in (-61.0, 61.0):
        (found,) = recognise(Facts(clock_difference=seconds), "clock-difference", by="recorded")
        assert f"{seconds:+.0f} s" in found.evidence[0]
    recognise(Facts(clock_difference=59.0))


@pytest.mark.parametrize("skew", [7200, -7200])
def test_tenant_with_another_clock(tenant: RefusingTenant, recognise: Recognise, skew: int) -> None:
    """Its answers tell its time."""
    tenant.emulator.set_faults({"clock_skew": skew})
    measured = Facts(tenant.runtime.call()).clock_ahead
    (found,) = recognise(Facts(clock_difference=measured), "clock-difference")
    assert ("+7" if skew > 0 else "-7") in found.evidence[0]


def test_two_keys_of_one_instance(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The evidence names the id and the other client."""
    key, twin = tenant.key(), tenant.key("integration-flow-key2")
    assert key.client_id == twin.client_id
    (found,) = recognise(Facts(key=key, same_client=("twin",)), "shared-client-id")
    assert found.evidence == (f"client id: {key.client_id}", "also of: twin")


def test_two_keys_of_one_instance_are_no_reason_for_another_refusal(
    tenant: RefusingTenant, recognise: Recognise
) -> None:
    """Where a refusal has its own cause, the neighbour is not named."""
    exchange = tenant.runtime.call(path="/http/echo")
    recognise(Facts(exchange, key=tenant.key(), same_client=("twin",)), "no-authorization-header")


def test_nothing_known_names_no_cause(recognise: Recognise) -> None:
    """Not even a possible one."""
    recognise(Facts())
