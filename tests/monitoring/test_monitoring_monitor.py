"""Questions to a tenant, put to the emulator, and to recorded answers where it gives none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pytest_iflow.errors import MonitoringError
from pytest_iflow.monitoring.artifacts import ServiceEndpoint
from pytest_iflow.monitoring.message_log import NamedValue
from pytest_iflow.monitoring.monitor import Monitor
from pytest_iflow.monitoring.odata import instant, literal
from pytest_iflow.run import Run
from tests.loopback_server import Reply
from tests.loopback_tenant import caller_of
from tests.monitoring.conftest import Tells, odata, odata_error
from tests.side_by_side import side_by_side


@pytest.fixture
def monitor(local_run: Run) -> Monitor:
    """The questions to the emulator."""
    assert local_run.monitor is not None
    return local_run.monitor


@pytest.fixture
def failed(local_run: Run) -> str:
    """The id of a message that failed."""
    exchange = caller_of(local_run).call("/errors/uncaught", body=b"{}")
    assert exchange.response.status == 500
    assert exchange.mpl_id
    return exchange.mpl_id


@pytest.fixture
def ordered(local_run: Run) -> str:
    """The id of an order's message, which calls a child flow."""
    level = {"SAP_MessageProcessingLogLevel": "DEBUG"}
    exchange = caller_of(local_run).call("/orders", body=b'{"orderId": "4711"}', headers=level)
    assert exchange.mpl_id
    return exchange.mpl_id


def test_a_log_is_found_by_its_id(monitor: Monitor, failed: str) -> None:
    """With one request."""
    log = monitor.message_log(failed)
    assert log is not None
    assert (log.message_id, log.iflow, log.status) == (failed, "Uncaught_Exception", "FAILED")
    assert log.is_final
    assert abs(datetime.now(UTC) - log.start) < timedelta(hours=1)
    assert monitor.api.requests == 1


def test_an_id_that_is_none_finds_nothing(monitor: Monitor) -> None:
    """Also one that would end the literal."""
    assert monitor.message_log("AGnone") is None
    assert monitor.message_log("it's/not?one") is None


def test_logs_are_found_by_a_filter_in_order(monitor: Monitor, failed: str, ordered: str) -> None:
    """Oldest first, unless asked otherwise; no more than asked for."""
    recently = instant(datetime.now(UTC) - timedelta(minutes=30))
    where = (
        f"LogStart ge {recently} and (IntegrationArtifact/Id eq {literal('Orders')} or Status eq 'FAILED')"
    )
    found = [log.message_id for log in monitor.message_logs(where)]
    assert found.index(failed) < found.index(ordered)
    backwards = monitor.message_logs(where, order="LogStart desc", top=1)
    assert [log.message_id for log in backwards] == found[-1:]
    assert monitor.message_logs("Status eq 'CANCELLED'") == []


def test_a_failed_message_says_why(monitor: Monitor, failed: str) -> None:
    """With the step of the model that failed last."""
    error = monitor.error_information(failed)
    assert error is not None
    assert "Exception" in error.text
    assert error.step


def test_a_message_that_did_not_fail_has_no_error(monitor: Monitor, ordered: str) -> None:
    """The tenant answers 204 then (wire-facts 5.2)."""
    assert monitor.error_information(ordered) is None


def test_an_error_without_its_step_is_still_told(tells: Tells) -> None:
    """The text is what matters."""
    monitor = tells(Reply(200, "Größe \udcff".encode("utf-8", "replace")), Reply(204)).monitor
    error = monitor.error_information("x")
    assert error is not None
    assert error.text.startswith("Größe")
    assert error.step == ""


def test_what_hangs_on_a_log_is_told(monitor: Monitor, ordered: str) -> None:
    """Custom headers, attributes of adapters, attachments, entries of the message store, steps."""
    assert monitor.custom_headers(ordered) == (NamedValue("orderId", "4711"),)
    assert [(each.adapter, each.name) for each in monitor.adapter_attributes(ordered)] == [
        ("HTTPS", "Address")
    ]
    (attachment,) = monitor.attachments(ordered)
    assert (attachment.name, attachment.size) == ("order.json", 19)
    assert monitor.attachment_content(attachment.id, 100) == b'{"orderId": "4711"}'
    assert monitor.attachment_content(attachment.id, 4) == b'{"or'
    assert [entry.store for entry in monitor.store_entries(ordered)] == ["Orders"]
    activities = [step.activity for step in monitor.run_steps(ordered)]
    assert activities[:2] == ["Start Message", "Persist"]


def test_an_attachment_that_is_gone_is_empty(monitor: Monitor) -> None:
    """The tenant keeps them for a while only."""
    assert monitor.attachment_content("sap-it-res:msg:none", 100) == b""


@pytest.mark.parametrize(
    "refusal", [odata_error(404, "Could not find an entity set"), odata_error(501, "Not implemented")]
)
def test_a_tenant_that_gives_no_run_steps_has_none(tells: Tells, refusal: Reply) -> None:
    """They are not in the public description of the API."""
    assert tells(refusal).monitor.run_steps("x") == ()
    assert tells(odata({"results": [{"Id": "r"}]}), refusal).monitor.run_steps("x") == ()


def test_runs_follow_one_another_however_they_are_listed(tells: Tells) -> None:
    """Their ids tell nothing of their order."""
    runs = [{"Id": "3"}, {"Id": "2", "RunStart": "/Date(2000)/"}, {"Id": "1", "RunStart": "/Date(1000)/"}]
    steps = [odata({"results": [{"RunId": run, "ModelStepId": "a"}]}) for run in "123"]
    tenant = tells(odata({"results": runs}), *steps)
    assert [step.run for step in tenant.monitor.run_steps("x")] == ["1", "2", "3"]
    asked = [received.target for received in tenant.asked if received.target.endswith("/RunSteps")]
    assert asked == [f"/api/v1/MessageProcessingLogRuns('{run}')/RunSteps" for run in "123"]


def test_run_steps_that_may_not_be_read_are_an_error(tells: Tells) -> None:
    """A missing role can be given."""
    with pytest.raises(MonitoringError, match="MonitoringDataRead"):
        tells(odata_error(403, None)).monitor.run_steps("x")


def test_deployed_artifacts_are_told(monitor: Monitor) -> None:
    """All of them, or one by its id."""
    artifacts = {artifact.id: artifact for artifact in monitor.runtime_artifacts()}
    assert artifacts["Orders"].status == "STARTED"
    assert monitor.runtime_artifact("Orders") == artifacts["Orders"]
    assert monitor.runtime_artifact("Not_Deployed") is None
    assert monitor.artifact_error("Orders") is None


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            b'{"message":{"subsystemName":"CONTENT","messageId":"GenerationFailed","messageText":""},'
            b'"parameter":["Orders","no model"]}',
            "GenerationFailed Orders no model",
        ),
        (b'{"message":{"messageId":"Failed","messageText":"in words"}}', "Failed in words"),
        (b"plain words", "plain words"),
        (b'{"message":"words"}', '{"message":"words"}'),
        (b'["words"]', '["words"]'),
        (b'{"message":{}}', '{"message":{}}'),
    ],
)
def test_an_artifact_that_did_not_start_says_why(tells: Tells, said: bytes, told: str) -> None:
    """In JSON, to who accepts XML (wire-facts 5.3); in its own words if it is anything else."""
    tenant = tells(Reply(200, said, {"Content-Type": "application/json"}))
    assert tenant.monitor.artifact_error("Orders") == told
    (request,) = tenant.asked
    assert request.target == "/api/v1/IntegrationRuntimeArtifacts('Orders')/ErrorInformation/$value"
    assert request.headers["Accept"] == "application/xml"


def test_endpoints_are_told_with_their_entry_points(local_run: Run, monitor: Monitor) -> None:
    """SOAP ones, too, with one request for all."""
    endpoints = {endpoint.iflow: endpoint for endpoint in monitor.service_endpoints()}
    runtime = local_run.credentials.service_key("default").url
    orders = endpoints["Orders"]
    assert orders == ServiceEndpoint(
        iflow="Orders",
        name="Orders",
        title="Orders",
        version="1.0.0",
        protocol="REST",
        updated=orders.updated,
        urls=(f"{runtime}/http/orders",),
        address="/orders",
    )
    assert (endpoints["Product_SOAP"].protocol, endpoints["Product_SOAP"].urls) == (
        "SOAP",
        (f"{runtime}/cxf/products",),
    )
    assert monitor.api.requests == 1


def test_a_key_is_encoded(tells: Tells) -> None:
    """Whatever an id holds, it names one entity."""
    tenant = tells(Reply(204))
    assert tenant.monitor.message_log("a'b/c?d e") is None
    assert tenant.asked[0].target == "/api/v1/MessageProcessingLogs('a''b%2Fc%3Fd%20e')"


def test_threads_that_ask_what_is_deployed_share_requests(tells: Tells) -> None:
    """The first may be asked alone; no answer is older than the question."""
    tenant = tells(replace(odata({"results": [{"Id": "Orders"}]}), pause=0.2))
    listed = side_by_side(lambda _: tenant.monitor.runtime_artifacts(), range(32))
    assert {each.id for artifacts in listed for each in artifacts} == {"Orders"}
    assert len(tenant.asked) <= 2
