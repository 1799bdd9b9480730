"""The chain of a message through several iFlows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_iflow.errors import CheckError, MonitoringError
from pytest_iflow.monitoring.chain import chain_of, expect_iflows, expect_in_chain, tree
from pytest_iflow.monitoring.correlation import MessageSearch
from pytest_iflow.monitoring.verdict import expect_status
from tests.monitoring.order_tenant import EmulatedTenant

pytest_plugins = ["tests.monitoring.order_tenant"]


@pytest.fixture
def order(naming_tenant: EmulatedTenant) -> MessageSearch:
    """The message of an order that is fulfilled after a moment."""
    return naming_tenant.search(naming_tenant.order(seconds="0.3"))


def test_the_child_is_waited_for(order: MessageSearch) -> None:
    """It comes after the answer; id and name are both good."""
    by_id = expect_in_chain(order, "Order_Fulfilment", "COMPLETED", 20)
    assert expect_in_chain(order, "Order Fulfilment", "COMPLETED", 20).told == by_id.told
    assert "\n+- Order_Fulfilment  COMPLETED" in by_id.told


def test_the_number_of_iflows(order: MessageSearch) -> None:
    """When all have ended."""
    sighting = expect_iflows(order, 2, 20)
    assert sighting.log is not None
    assert str(sighting).endswith(f"\n{tree(chain_of(order.monitor, sighting.log), sighting.log)}")
    assert {each.status for each in chain_of(order.monitor, sighting.log)} == {"COMPLETED"}


def test_the_tree_shows_the_order_of_starts(order: MessageSearch) -> None:
    """The first one above, the others below it, and the call's own marked where it is not the first."""
    log = expect_status(order, "COMPLETED", 20).log
    assert log is not None
    chain = chain_of(order.monitor, log)
    first, second = tree(chain, log).splitlines()
    assert first.startswith(f"Orders  COMPLETED  {log.message_id}  after 0.0 s")
    assert second.startswith(f"+- Order_Fulfilment  COMPLETED  {chain[1].message_id}  after 0.")
    assert tree(chain, chain[1]).splitlines()[1].endswith("<- this call")


def test_a_log_without_a_correlation_id_is_alone(order: MessageSearch) -> None:
    """Nothing else can be known to belong to it."""
    log = expect_status(order, "COMPLETED", 20).log
    assert log is not None
    alone = replace(log, correlation_id="")
    assert chain_of(order.monitor, alone) == (alone,)


def test_a_child_with_another_status(order: MessageSearch) -> None:
    """The chain is shown."""
    with pytest.raises(CheckError) as caught:
        expect_in_chain(order, "Order_Fulfilment", "FAILED", 20)
    assert caught.value.what.startswith('the iFlow "Order_Fulfilment" has the status COMPLETED after ')
    assert "\n+- Order_Fulfilment  COMPLETED" in caught.value.what


def test_an_iflow_that_took_no_part(order: MessageSearch) -> None:
    """It is waited for until the time is up."""
    with pytest.raises(
        CheckError, match=r'the iFlow "Invoices" took no part after \d+ s, expected COMPLETED'
    ):
        expect_in_chain(order, "Invoices", "COMPLETED", 0.8)


def test_a_status_that_there_is_not(order: MessageSearch) -> None:
    """A typing error is not waited for."""
    with pytest.raises(CheckError, match='"DONE" is no status of a message'):
        expect_in_chain(order, "Order_Fulfilment", "DONE", 20)


def test_too_many_iflows(order: MessageSearch) -> None:
    """One that is expected to do it alone called another one."""
    expect_status(order, "COMPLETED", 20)
    with pytest.raises(CheckError, match=r"the message passed through 2 iFlows after \d+ s, expected 1"):
        expect_iflows(order, 1, 20)


def test_too_few_iflows(naming_tenant: EmulatedTenant) -> None:
    """It is told whether some have not ended."""
    under_way = naming_tenant.search(naming_tenant.order(seconds="5"))
    with pytest.raises(CheckError, match=r"through 1 iFlow after \d+ s, 1 of its logs not at an end, exp"):
        expect_iflows(under_way, 2, 0.2)


def test_without_a_log_there_is_no_chain(naming_tenant: EmulatedTenant) -> None:
    """The words are those of the verdict."""
    naming_tenant.emulator.set_faults({"log_delay": 90})
    search = naming_tenant.search(naming_tenant.order())
    with pytest.raises(CheckError, match="no message log was found"):
        expect_in_chain(search, "Order_Fulfilment", "COMPLETED", 0.2)
    with pytest.raises(CheckError, match="no message log was found"):
        expect_iflows(search, 2, 0.2)


def test_without_an_api_there_is_no_chain(naming_tenant: EmulatedTenant) -> None:
    """And no verdict."""
    search = naming_tenant.search(naming_tenant.order())
    naming_tenant.emulator.set_faults({"api.status_503": 1})
    with pytest.raises(MonitoringError, match="what became of the message is not known"):
        expect_iflows(search, 2, 0.2)
