"""All that the tenant knows about a message, as text."""

from __future__ import annotations

import json

from pytest_iflow.monitoring.correlation import Correlation
from pytest_iflow.monitoring.message_log import MessageLog
from pytest_iflow.monitoring.message_report import message_report
from pytest_iflow.monitoring.verdict import wait
from pytest_iflow.secrets.registry import register_secret
from tests.loopback_server import Reply
from tests.monitoring.conftest import Tells, odata, odata_error
from tests.monitoring.order_tenant import EmulatedTenant

pytest_plugins = ["tests.monitoring.order_tenant"]


def report(tenant: EmulatedTenant, body: bytes, **query: str) -> str:
    """Place an order and tell of its message when it has ended."""
    search = tenant.search(tenant.call("/orders", body, {"seconds": "0", **query}))
    correlation = wait(search, lambda log, _deadline: log.is_final, 20).correlation
    assert correlation is not None
    return message_report(correlation, tenant.monitor).text


def test_every_part_is_shown(naming_tenant: EmulatedTenant) -> None:
    """From the error to the attachment."""
    lines = report(naming_tenant, b'{"orderId": "4711"}', outcome="FAILED").splitlines()
    for line in (
        "found        certain: named by the header of the answer",
        "iFlow        Orders (package LocalTenant)",
        "status       FAILED",
        "sender       WebShop",
        "  com.example.orders.OrderException: The order could not be passed on.",
        "  last failed step: ServiceTask_1",
        "  orderId = 4711",
        "  HTTPS  Address = /http/orders",
        "  MessageStore_1  Persist  COMPLETED",
        "  order.json  application/json  19 bytes",
        '    {"orderId": "4711"}',
    ):
        assert line in lines
    assert [line for line in lines if line.startswith("  +- Order_Fulfilment  COMPLETED")]


def test_a_long_attachment_is_cut(naming_tenant: EmulatedTenant) -> None:
    """And a long line of it."""
    text = report(naming_tenant, json.dumps({"orderId": "1", "note": "x" * 20_000}).encode())
    assert len(text) < 5_000
    assert "  … cut here: 4,000 characters are shown" in text.splitlines()[-1]


def test_many_lines_are_cut(naming_tenant: EmulatedTenant) -> None:
    """Some are enough to see what it is."""
    text = report(naming_tenant, json.dumps({"lines": list(range(300))}, indent=1).encode())
    assert text.splitlines()[-1].endswith(" more lines")


def test_secrets_are_masked(naming_tenant: EmulatedTenant) -> None:
    """Also one that would be cut in its middle."""
    secret = "4b1f0d9c-a-secret-of-this-test$_=x"
    register_secret(secret)
    text = report(naming_tenant, json.dumps({"orderId": secret, "note": " " * 3_930 + secret}).encode())
    assert "orderId = ***" in text
    assert secret[:12] not in text


def test_an_attachment_is_shown_in_its_charset(naming_tenant: EmulatedTenant) -> None:
    """Not as the bytes that it has."""
    text = report(naming_tenant, '{"Name": "Größe"}'.encode("utf-16-le"))
    assert text.splitlines()[-1] == '    {"Name": "Größe"}'


def test_what_cannot_be_read_is_said_to_be_so(naming_tenant: EmulatedTenant) -> None:
    """A report is no place for another failure."""
    search = naming_tenant.search(naming_tenant.order())
    correlation = wait(search, lambda log, _deadline: log.is_final, 20).correlation
    assert correlation is not None
    naming_tenant.emulator.set_faults({"api.status_500": 1})
    lines = message_report(correlation, naming_tenant.monitor).text.splitlines()
    assert any(line.startswith("  (could not be read: the monitoring API answered 500") for line in lines)
    assert "custom headers: not asked for, the tenant does not answer in time" in lines


def test_a_missing_role_hides_one_part_only(tells: Tells) -> None:
    """Payloads need one of their own (wire-facts 5.4)."""
    attachment = {"Id": "sap-it-res:msg:1", "Name": "order.json", "PayloadSize": "26"}
    monitor = tells(
        Reply(204),
        odata({"results": []}),
        odata_error(403, None),
        odata({"results": []}),
        odata({"results": []}),
        odata({"results": [attachment]}),
        odata_error(403, None),
    ).monitor
    log = MessageLog.from_json({"MessageGuid": "AG1", "Status": "COMPLETED"})
    text = message_report(Correlation(log, "by a test", "likely"), monitor).text
    assert "\ncustom headers\n" not in text
    assert "\nadapter attributes\n  (could not be read: the monitoring API answered 403" in text
    assert "\n    (could not be read: the monitoring API answered 403" in text
