"""Parts of a message as values: how long they are waited for, and what is said where they are not there."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pytest_iflow.checks.relations import Literal, exists, literal
from pytest_iflow.errors import CheckError
from pytest_iflow.monitoring import message_part
from pytest_iflow.monitoring.message_part import MessagePart
from tests.monitoring.order_tenant import EmulatedTenant

pytest_plugins = ["tests.monitoring.order_tenant"]

IS_4711 = literal(Literal(Decimal(4711)))


def header(tenant: EmulatedTenant, name: str, **query: str) -> MessagePart:
    """Return a custom header of the message of a new order."""
    search = tenant.search(tenant.order(**query))
    return MessagePart(
        search, "custom header", name, f'custom header "{name}" of the message', lambda each: each
    )


def test_what_holds_is_not_waited_for_longer(naming_tenant: EmulatedTenant) -> None:
    """A message that goes on may have the value already; what is judged is its last state elsewhere."""
    retrying = header(naming_tenant, "orderId", outcome="RETRY")
    sighting = retrying.expect(IS_4711, 10)
    assert sighting.log is not None
    assert not sighting.log.is_final
    assert sighting.details == 'custom header "orderId" of the message: "4711"'
    for relation, part in (
        (literal(Literal("1")).unless(negated=True), retrying),
        (exists().unless(negated=True), header(naming_tenant, "other", outcome="RETRY")),
        (IS_4711, header(naming_tenant, "other", outcome="RETRY")),
    ):
        with pytest.raises(CheckError, match=r"the message is still retrying after .*, expected: the custom"):
            part.expect(relation, 0.3)
    with pytest.raises(CheckError, match="is still retrying"):
        header(naming_tenant, "other", outcome="RETRY").read(0.3)


def test_a_message_without_a_log_has_no_values(naming_tenant: EmulatedTenant) -> None:
    """Not even those that are not to be there: nothing is known of it."""
    naming_tenant.emulator.set_faults({"log_delay": 90})
    part = header(naming_tenant, "orderId")
    for relation in (IS_4711, exists().unless(negated=True)):
        with pytest.raises(CheckError, match="no message log was found after"):
            part.expect(relation, 0.2)


def test_an_attachment_that_is_too_large_is_not_judged(
    naming_tenant: EmulatedTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part of it would say nothing of the whole; that it is there is known."""
    monkeypatch.setattr(message_part, "LARGEST_ATTACHMENT", 5)
    search = naming_tenant.search(naming_tenant.order())
    part = MessagePart(search, "attachment", "order.json", "attachment", lambda each: each)
    with pytest.raises(CheckError, match="has more than 5 bytes, and is not judged"):
        part.expect(IS_4711, 10)
    part.expect(exists(), 10)
