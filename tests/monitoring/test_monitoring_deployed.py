"""What is deployed, judged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_iflow.errors import CheckError
from pytest_iflow.monitoring.artifacts import RuntimeArtifact
from pytest_iflow.monitoring.deployed import (
    did_you_mean,
    find,
    require_deployed,
    require_started,
    require_version,
)
from tests.loopback_server import Reply

ORDERS = RuntimeArtifact("Orders", "1.0.4", "Order intake", "INTEGRATION_FLOW", "STARTED", None, "me")
NAMESAKE = replace(ORDERS, id="Other", name="Orders")


def test_an_id_goes_before_a_name() -> None:
    """Names need not be unique."""
    assert find("Orders", [NAMESAKE, ORDERS]) is ORDERS
    assert find("Order intake", [NAMESAKE, ORDERS]) is ORDERS
    assert find("orders", [NAMESAKE, ORDERS]) is None


def test_names_that_are_alike_are_asked_for() -> None:
    """Three at the most; the name itself and an empty one are no suggestion."""
    assert did_you_mean("Oders", ["Orders", "Order"]) == 'Did you mean "Orders" or "Order"? '
    assert did_you_mean("Orders", ["Orders", "", "Invoices"]) == ""
    assert did_you_mean("abcd1", ["abcd2", "abcd3", "abcd4", "abcd5"]).count('"') == 6


def test_what_is_not_deployed_is_said_with_what_was_meant() -> None:
    """The name of the suite, and the id that was looked for."""
    assert require_deployed("orders", "Orders", [ORDERS]) is ORDERS
    with pytest.raises(CheckError, match='the iFlow "orders" is not deployed') as caught:
        require_deployed("orders", "Oders", [ORDERS])
    assert caught.value.where == "artifact Oders"
    assert str(caught.value.remedy).startswith('Did you mean "Orders"')


def test_a_version_is_the_one_or_not() -> None:
    """Compared as text."""
    require_version("orders", ORDERS, "1.0.4")
    with pytest.raises(CheckError, match=r"deployed in version 1\.0\.4, expected 1\.0\.5"):
        require_version("orders", ORDERS, "1.0.5")


def test_a_start_that_failed_is_told_in_the_words_of_the_tenant(tells: Any) -> None:
    """They are asked for where there are any, and only then (wire-facts 5.3)."""
    said = (
        b'{"message":{"subsystemName":"CONTENT","messageId":"GenerationFailed","messageText":""},'
        b'"parameter":["Address in use"]}'
    )
    told = tells(Reply(200, said, {"Content-Type": "application/json"}))
    require_started("orders", ORDERS, told.monitor)
    with pytest.raises(CheckError, match=r"its status is STARTING\n"):
        require_started("orders", replace(ORDERS, status="STARTING"), told.monitor)
    assert told.asked == []
    with pytest.raises(CheckError, match=r"its status is ERROR \(GenerationFailed Address in use\)"):
        require_started("orders", replace(ORDERS, status="ERROR"), told.monitor)
