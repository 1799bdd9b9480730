"""One API plane without a server for all tests that leave it as it is."""

from __future__ import annotations

import itertools

import pytest

from tests.emulator.api.api_tenant import ApiTenant


@pytest.fixture(scope="session")
def tenant() -> ApiTenant:
    """A tenant with four messages, for which a second passes between any two requests."""
    return _patient_tenant()


@pytest.fixture
def own() -> ApiTenant:
    """A tenant of the test's own, for which a second passes between any two requests."""
    return _patient_tenant()


def _patient_tenant() -> ApiTenant:
    ticks = itertools.count(1.0)
    return ApiTenant(lambda: next(ticks))
