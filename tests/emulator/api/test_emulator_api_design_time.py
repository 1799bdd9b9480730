"""Designed content: what an upload of the tenant's own flows keeps, and the return to the beginning."""

from __future__ import annotations

from dataclasses import replace

from pytest_iflow.emulator.api.archive import Archive
from pytest_iflow.emulator.api.content import TenantContent
from pytest_iflow.emulator.api.design_sets import FLOW
from tests.emulator.api.api_tenant import own_landscape
from tests.emulator.uploaded_flow import uploaded_flow


def test_upload_of_a_flow_of_the_tenant_keeps_address_and_steps() -> None:
    """What it takes are name and version; the archive is the one that was sent."""
    landscape = own_landscape()
    content = TenantContent(landscape)
    before = landscape.deployment.flow("Echo")
    assert before is not None
    content.design_time.update(FLOW, "Echo", {}, uploaded_flow("Echo", "/elsewhere", "2.0.0"))
    after = landscape.deployment.flow("Echo")
    assert after == replace(before, version="2.0.0")
    assert content.deploy("Echo")
    reached = landscape.deployment.at("/http/echo")
    assert reached is not None
    assert reached.flow is after
    assert landscape.deployment.at("/http/elsewhere") is None


def test_uploaded_flow_has_the_settings_of_its_sender_once_it_is_deployed() -> None:
    """Address, role and allowed headers are read from the model, with the values of its parameters."""
    landscape = own_landscape()
    content = TenantContent(landscape)
    design_time = content.design_time
    design_time.packages.create({"Id": "Own", "Name": "Own"})
    design_time.create(FLOW, {"Name": "Uploaded", "PackageId": "Own"}, uploaded_flow())

    def set_address(archive: Archive) -> None:
        assert archive.configure("Sender Endpoint", "/orders/new")

    design_time.rewrite(FLOW, "Uploaded", set_address)
    content.deploy("Uploaded")
    deployed = landscape.deployment.get("Uploaded")
    assert deployed is not None
    flow = deployed.flow
    assert (flow.package, flow.version) == ("Own", "1.0.0")
    assert (flow.path, flow.role, flow.csrf_protected) == ("/http/orders/new", "ESBMessaging.send", False)
    assert flow.allowed_headers == "X-Order|SAP_.*"


def test_return_to_the_beginning_takes_away_what_was_created() -> None:
    """Packages and artifacts, and what was deployed of them; flows that were changed are as before."""
    landscape = own_landscape()
    content = TenantContent(landscape)
    content.design_time.packages.create({"Id": "Own", "Name": "Own"})
    content.design_time.create(FLOW, {"Name": "Uploaded", "PackageId": "Own"}, uploaded_flow())
    content.design_time.update(FLOW, "Echo", {}, uploaded_flow("Echo", "/x", "2.0.0"))
    content.design_time.delete(FLOW, "Orders")
    content.deploy("Uploaded")
    landscape.deployment.restore()
    content.refresh()
    versions = [content.design_time.version(FLOW, each) for each in ("Echo", "Orders")]
    assert versions == ["1.0.0", "1.0.0"]
    assert landscape.deployment.get("Uploaded") is None
    content.design_time.packages.create({"Id": "Own", "Name": "Own"})
