"""Exported iFlows with receivers, for tests of what receivers answer and of what they were sent."""

from __future__ import annotations

from pathlib import Path

from tests import engine_flows as flows
from tests.exported_bundles import write, zipped

SHOP_URL = "https://shop.example/orders"


def orders() -> bytes:
    """Return a flow that posts what it gets to "WebShop", with a header and a query; all headers reach it."""
    posts = flows.receiver(
        "WebShop",
        "HTTP",
        "post",
        httpAddressWithoutQuery="{{shop}}",
        httpAddressQuery="lang=de&lang=en",
        httpMethod="POST",
        allowedRequestHeaders="*",
        allowedResponseHeaders="*",
    )
    steps = [flows.start(), flows.call_step("post"), flows.end()]
    return zipped(
        flows.bundle_files(
            flows.row(steps),
            (),
            posts,
            "Mocked_Orders",
            address="/mocked/orders",
            allowedHeaderList="*",
            parameters={"shop": SHOP_URL},
        )
    )


def deliveries() -> bytes:
    """Return a flow that writes what it gets to "Archive" and mails it to "Post"."""
    archives = flows.receiver("Archive", "SFTP", "archive", path="out", fileName="order.json", host="h")
    mails = flows.receiver(
        "Post", "Mail", "mail", to="shop@example.org", subject="An order", body="${in.body}"
    )
    steps = [
        flows.start(),
        flows.call_step("archive", "Send"),
        flows.call_step("mail", "Send"),
        flows.end(),
    ]
    files = flows.bundle_files(
        flows.row(steps), (), [*archives, *mails], "Mocked_Deliveries", address="/mocked/deliveries"
    )
    return zipped(files)


def write_flows(root: Path) -> None:
    """Write both bundles into the suite of a folder."""
    write(root / "tenants/local-flows/orders.zip", orders())
    write(root / "tenants/local-flows/deliveries.zip", deliveries())
