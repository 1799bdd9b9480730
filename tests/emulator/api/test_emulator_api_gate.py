"""Who may use the API."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_iflow.emulator.api.gate import ApiGate, is_basic
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.odata.error import ODataError
from pytest_iflow.emulator.profile import Profile
from pytest_iflow.emulator.token_service.access_token import issue
from tests.emulator.api.api_tenant import basic


def test_client_of_plan_api_is_known_by_id_and_secret(landscape: Landscape) -> None:
    """With the scopes of its instance."""
    caller = ApiGate(landscape).caller(basic(landscape, "api-read-only.json"))
    assert "it!b44075.MonitoringDataRead" in caller.scopes


@pytest.mark.parametrize(
    "authorization", ["", "Basic x", "Basic YTpi", "Bearer nonsense", "integration-flow.json"]
)
def test_others_are_not(landscape: Landscape, authorization: str) -> None:
    """Nobody, nonsense, and a client of the other plan."""
    if authorization.endswith(".json"):
        authorization = basic(landscape, authorization)
    with pytest.raises(ODataError) as refused:
        ApiGate(landscape).caller(authorization)
    assert refused.value.status == 401


def test_missing_role_is_a_403_without_a_text(landscape: Landscape) -> None:
    """The value is null, as observed (wire-facts 5.1)."""
    gate = ApiGate(landscape)
    caller = gate.caller(basic(landscape, "api-read-only.json"))
    gate.require(caller, None)
    gate.require(caller, "MonitoringDataRead")
    with pytest.raises(ODataError) as refused:
        gate.require(caller, "MessagePayloadsRead")
    assert (refused.value.status, refused.value.text) == (403, None)


def test_scheme_is_told_whatever_its_case() -> None:
    """As HTTP has it."""
    assert is_basic("bASIC x")
    assert not is_basic("Bearer x")


def test_token_expires_by_the_clock_of_the_landscape(landscape: Landscape) -> None:
    """Which may be ahead, on this plane as on the runtime's."""
    instance = next(each for each in landscape.instances if each.plan == "api")
    bearer = f"Bearer {issue(landscape, instance)['access_token']}"
    ahead = replace(landscape, profile=Profile(clock_skew=instance.token_validity + 1.0))
    assert ApiGate(landscape).caller(bearer).client_id == instance.client_id
    with pytest.raises(ODataError, match="Jwt expired"):
        ApiGate(ahead).caller(bearer)
