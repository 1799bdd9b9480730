"""What a flow says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_iflow.emulator.flows.echo import FLOWS
from pytest_iflow.emulator.flows.flow import Protocol


@pytest.mark.parametrize(
    ("protocol", "path"), [("http", "/http/echo"), ("cxf", "/cxf/echo"), ("odata", "/gw/odata/SAP/echo")]
)
def test_path_begins_with_the_senders_own(protocol: Protocol, path: str) -> None:
    """As in wire-facts 4.1; the one of the OData sender is assumed."""
    assert replace(FLOWS[0], protocol=protocol).path == path


def test_flow_asks_for_the_usual_role_and_40_megabytes() -> None:
    """Unless it says otherwise."""
    assert (FLOWS[0].role, FLOWS[0].body_limit, FLOWS[0].csrf_protected) == ("ESBMessaging.send", 40.0, False)
