"""What a message left in its log, expected."""

from __future__ import annotations

import pytest

from pytest_iflow.errors import CheckError
from pytest_iflow.monitoring.contents import (
    ADAPTER_ATTRIBUTE,
    ATTACHMENT,
    CUSTOM_HEADER,
    RUN_STEP,
    STORE_ENTRY,
    Kind,
    expect_attachment_text,
    expect_content,
)
from pytest_iflow.monitoring.correlation import MessageSearch
from tests.monitoring.order_tenant import EmulatedTenant

pytest_plugins = ["tests.monitoring.order_tenant"]


@pytest.fixture
def order(naming_tenant: EmulatedTenant) -> MessageSearch:
    """The message of an order."""
    return naming_tenant.search(naming_tenant.order("4711"))


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
    assert sighting.told == f"{kind.name} {shown}"
    assert str(sighting).endswith(f"\n{sighting.told}")
    with pytest.raises(CheckError, match=f"the message has no {kind.name} 'x'; it has: ") as caught:
        expect_content(order, kind, "'x'", lambda _: False, 10)
    assert shown in caught.value.what
    assert order.found is not None
    assert order.found.log.message_id in (caught.value.where or "")


def test_a_name_that_only_looks_like_the_wanted_one_is_told(order: MessageSearch) -> None:
    """With the first character that differs."""
    with pytest.raises(CheckError, match=r"it has: .*\(character 2 is U\+006F .* expected U\+043E CYRILLIC"):
        expect_content(order, ATTACHMENT, '"\u043erder.json"', lambda _: False, 10)


def test_nothing_is_said_to_be_nothing(naming_tenant: EmulatedTenant) -> None:
    """For a flow that leaves none."""
    search = naming_tenant.search(naming_tenant.call("/echo"), None)
    with pytest.raises(CheckError, match="no custom header 'x'; it has: none"):
        expect_content(search, CUSTOM_HEADER, "'x'", lambda _: False, 10)


def test_a_text_within_an_attachment(order: MessageSearch) -> None:
    """Or the attachment as it is."""
    expect_attachment_text(order, "order.json", '"orderId": "4711"', 10)
    with pytest.raises(CheckError) as caught:
        expect_attachment_text(order, "order.json", "4712", 10)
    assert caught.value.what == (
        'the attachment "order.json" does not contain "4712"; it is:\n{"orderId": "4711"}'
    )


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
