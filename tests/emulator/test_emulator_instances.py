"""Service instances and what their plan makes of them."""

from __future__ import annotations

import re

from pytest_iflow.emulator.instances import api_instance, integration_flow_instance


def test_instance_for_flows_may_send_for_an_hour() -> None:
    """One role by default, and the id of the instance within the client id (wire-facts 3.2)."""
    instance = integration_flow_instance("sub", 139588, "k.json")
    assert instance.client_id == f"sb-{instance.instance_id}!b139588|it-rt-sub!b117912"
    assert instance.scopes == ("uaa.resource", "it-rt-sub!b117912.ESBMessaging.send")
    assert instance.token_validity == 3600


def test_instance_for_the_api_lasts_twelve_hours() -> None:
    """Its application is the same for all tenants."""
    instance = api_instance(55028, "api.json")
    assert instance.client_id == f"sb-{instance.instance_id}!b55028|it!b44075"
    assert instance.token_validity == 43200


def test_secret_holds_the_characters_that_need_encoding() -> None:
    """Two parts around a dollar sign, with an equals sign at the end, new for each instance."""
    first, second = (integration_flow_instance("sub", 1, "k.json").client_secret for _ in range(2))
    assert re.fullmatch(r"[0-9a-f-]{36}\$[A-Za-z0-9_-]{43}=", first)
    assert first != second
