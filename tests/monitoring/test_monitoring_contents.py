"""What a message left, expected: contents of its log, and the iFlows of its chain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_iflow.errors import CheckError, MonitoringError
from pytest_iflow.monitoring.contents import (
    ADAPTER_ATTRIBUTE,
    ATTACHMENT,
    CUSTOM_HEADER,
    MESSAGE_ID,
    RUN_STEP,
    STORE_ENTRY,
    Kind,
    chain_of,
    expect_content,
    expect_iflows,
    expect_in_chain,
    listed_contents,
    read_contents,
    tree,
)
from pytest_iflow.monitoring.correlation import MessageSearch
from pytest_iflow.monitoring.verdict import expect_status
from tests.monitoring.order_tenant import EmulatedTenant

pytest_plugins = ["tests.monitoring.order_tenant"]


@pytest.fixture
def order(naming_tenant: EmulatedTenant) -> MessageSearch:
    """The message of an order."""
    return naming_tenant.search(naming_tenant.order("4711", SAP_MessageProcessingLogLevel="DEBUG"))


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (CUSTOM_HEADER, '"orderId" with "4711"'),
        (ADAPTER_ATTRIBUTE, '"Address" with "/http/orders"'),
        (ATTACHMENT, '"order.json"'),
        (STORE_ENTRY, '"Orders"'),
        (RUN_STEP, '"ServiceTask_1" (Request Reply, COMPLETED)'),
    ],
    ids=lambda value: value.name if isinstance(value, Kind) else "",
)
def test_every_kind_is_found_and_shown(order: MessageSearch, kind: Kind[object], shown: str) -> None:
    """As the log has it; what is missing is said with what is there."""
    sighting = expect_content(order, kind, shown, lambda each: kind.show(each) == shown, 10)
    assert sighting.details == f"{kind.name} {shown}"
    assert str(sighting).endswith(f"\n{sighting.details}")
    with pytest.raises(CheckError, match=f"the message has no {kind.name} 'x'; it has: ") as caught:
        expect_content(order, kind, "'x'", lambda _: False, 10)
    assert shown in caught.value.what
    assert order.found is not None
    assert order.found.log.message_id in (caught.value.where or "")


def test_message_without_steps_says_how_they_are_kept(naming_tenant: EmulatedTenant) -> None:
    """A tenant keeps none of a message that completed at INFO."""
    search = naming_tenant.search(naming_tenant.order("4711"))
    with pytest.raises(CheckError, match='no run step "ServiceTask_1"; it has: none') as caught:
        expect_content(search, RUN_STEP, '"ServiceTask_1"', lambda _: True, 10)
    assert "this one was logged at INFO" in str(caught.value.remedy)
    assert 'send the request header "SAP_MessageProcessingLogLevel" with "DEBUG"' in str(caught.value.remedy)


def test_step_of_a_message_that_was_retried(naming_tenant: EmulatedTenant) -> None:
    """It has several runs, each with rows of its own; the last one counts."""
    query = {"retries": "1", "seconds": "0.1", "SAP_MessageProcessingLogLevel": "DEBUG"}
    body = b'{"orderId": "1", "items": [{}, {}]}'
    search = naming_tenant.search(naming_tenant.call("/orders", body, None, **query))
    expect_status(search, "COMPLETED", 10)
    assert search.found is not None
    rows = naming_tenant.monitor.run_steps(search.found.log.message_id)
    assert len({each.run for each in rows}) == 2
    assert [each.passed for each in rows if each.step == "ServiceTask_1"] == [True, False, True, True]
    expect_content(search, RUN_STEP, "", lambda each: each.step == "ServiceTask_1" and each.passed, 10)


def test_a_name_that_only_looks_like_the_wanted_one_is_told(order: MessageSearch) -> None:
    """With the first character that differs."""
    with pytest.raises(CheckError, match=r"it has: .*\(character 2 is U\+006F .* expected U\+043E CYRILLIC"):
        expect_content(order, ATTACHMENT, '"\u043erder.json"', lambda _: False, 10)


def test_nothing_is_said_to_be_nothing(naming_tenant: EmulatedTenant) -> None:
    """For a flow that leaves none."""
    search = naming_tenant.search(naming_tenant.call("/echo"), None)
    with pytest.raises(CheckError, match="no custom header 'x'; it has: none"):
        expect_content(search, CUSTOM_HEADER, "'x'", lambda _: False, 10)


def test_contents_are_read_until_they_are_enough(order: MessageSearch) -> None:
    """Or until the message has ended: then all that it has is there."""
    sighting, found = read_contents(order, MESSAGE_ID, bool, "id", 10)
    assert sighting.log is not None
    assert [*found] == [sighting.log.message_id]
    sighting, headers = read_contents(order, CUSTOM_HEADER, lambda _: False, "custom header", 10)
    assert sighting.log is not None
    assert sighting.log.is_final
    assert '"orderId" with "4711"' in listed_contents(CUSTOM_HEADER, headers)


def test_without_a_log_there_is_nothing_to_expect(naming_tenant: EmulatedTenant) -> None:
    """The words are those of the verdict."""
    naming_tenant.emulator.set_faults({"log_delay": 90})
    with pytest.raises(CheckError, match="no message log was found"):
        expect_content(
            naming_tenant.search(naming_tenant.order()), CUSTOM_HEADER, "'x'", lambda _: False, 0.2
        )


def test_many_are_not_all_shown(order: MessageSearch) -> None:
    """An error is to be read."""
    many: Kind[str] = Kind("thing", lambda _monitor, _id, _deadline: [f"{n}" for n in range(25)], str)
    with pytest.raises(CheckError, match="18, 19, … and 5 more"):
        expect_content(order, many, "'x'", lambda _: False, 10)


pytest_plugins = ["tests.monitoring.order_tenant"]


@pytest.fixture
def fulfilled_order(naming_tenant: EmulatedTenant) -> MessageSearch:
    """The message of an order that is fulfilled after a moment."""
    return naming_tenant.search(naming_tenant.order(seconds="0.3"))


def test_the_child_is_waited_for(fulfilled_order: MessageSearch) -> None:
    """It comes after the answer; id and name are both good."""
    by_id = expect_in_chain(fulfilled_order, "Order_Fulfilment", "COMPLETED", 20)
    assert expect_in_chain(fulfilled_order, "Order Fulfilment", "COMPLETED", 20).details == by_id.details
    assert "\n+- Order_Fulfilment  COMPLETED" in by_id.details


def test_the_number_of_iflows(fulfilled_order: MessageSearch) -> None:
    """When all have ended."""
    sighting = expect_iflows(fulfilled_order, 2, 20)
    assert sighting.log is not None
    assert str(sighting).endswith(f"\n{tree(chain_of(fulfilled_order.monitor, sighting.log), sighting.log)}")
    assert {each.status for each in chain_of(fulfilled_order.monitor, sighting.log)} == {"COMPLETED"}


def test_the_tree_shows_the_order_of_starts(fulfilled_order: MessageSearch) -> None:
    """The first one above, the others below it, and the call's own marked where it is not the first."""
    log = expect_status(fulfilled_order, "COMPLETED", 20).log
    assert log is not None
    chain = chain_of(fulfilled_order.monitor, log)
    first, second = tree(chain, log).splitlines()
    assert first.startswith(f"Orders  COMPLETED  {log.message_id}  after 0.0 s")
    assert second.startswith(f"+- Order_Fulfilment  COMPLETED  {chain[1].message_id}  after 0.")
    assert tree(chain, chain[1]).splitlines()[1].endswith("<- this call")


def test_a_log_without_a_correlation_id_is_alone(fulfilled_order: MessageSearch) -> None:
    """Nothing else can be known to belong to it."""
    log = expect_status(fulfilled_order, "COMPLETED", 20).log
    assert log is not None
    alone = replace(log, correlation_id="")
    assert chain_of(fulfilled_order.monitor, alone) == (alone,)


def test_a_child_with_another_status(fulfilled_order: MessageSearch) -> None:
    """The chain is shown."""
    with pytest.raises(CheckError) as caught:
        expect_in_chain(fulfilled_order, "Order_Fulfilment", "FAILED", 20)
    assert caught.value.what.startswith('the iFlow "Order_Fulfilment" has the status COMPLETED after ')
    assert "\n+- Order_Fulfilment  COMPLETED" in caught.value.what


def test_an_iflow_that_took_no_part(fulfilled_order: MessageSearch) -> None:
    """It is waited for until the time is up."""
    with pytest.raises(
        CheckError, match=r'the iFlow "Invoices" took no part after \d+ s, expected COMPLETED'
    ):
        expect_in_chain(fulfilled_order, "Invoices", "COMPLETED", 0.8)


def test_a_status_that_there_is_not(fulfilled_order: MessageSearch) -> None:
    """A typing error is not waited for."""
    with pytest.raises(CheckError, match='"DONE" is no status of a message'):
        expect_in_chain(fulfilled_order, "Order_Fulfilment", "DONE", 20)


def test_too_many_iflows(fulfilled_order: MessageSearch) -> None:
    """One that is expected to do it alone called another one."""
    expect_status(fulfilled_order, "COMPLETED", 20)
    with pytest.raises(CheckError, match=r"the message passed through 2 iFlows after \d+ s, expected 1"):
        expect_iflows(fulfilled_order, 1, 20)


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
