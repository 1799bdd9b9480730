"""Message logs and what belongs to each, as the tenant gives them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pytest_iflow.monitoring.message_log import (
    AdapterAttribute,
    Attachment,
    MessageLog,
    NamedValue,
    RunStep,
    StoreEntry,
    steps_of_last_runs,
)

RECORDED: dict[str, Any] = {
    "MessageGuid": "AFq478Bblxi4wCjBcDb_G0vAGGZG",
    "CorrelationId": "AFq478Bmn-aPieAWVy0mMGPLWsjx",
    "ApplicationMessageId": None,
    "ApplicationMessageType": None,
    "LogStart": "/Date(1522069440003)/",
    "LogEnd": "/Date(1522069440200)/",
    "Sender": None,
    "Receiver": "Warehouse",
    "IntegrationFlowName": "Adapter_Data",
    "Status": "FAILED",
    "IntegrationArtifact": {
        "Id": "Adapter_Data_Id",
        "Name": "Adapter data",
        "Type": "INTEGRATION_FLOW",
        "PackageId": "PackageId",
        "PackageName": "Package",
    },
    "LogLevel": "INFO",
    "CustomStatus": "Broken",
    "AlternateWebLink": "https://tenant.invalid/log",
}


def test_a_log_is_read_property_by_property() -> None:
    """The one of wire-facts 5.2, with names of our own."""
    assert MessageLog.from_json(RECORDED) == MessageLog(
        message_id="AFq478Bblxi4wCjBcDb_G0vAGGZG",
        correlation_id="AFq478Bmn-aPieAWVy0mMGPLWsjx",
        application_id="",
        application_type="",
        start=datetime(2018, 3, 26, 13, 4, 0, 3000, UTC),
        end=datetime(2018, 3, 26, 13, 4, 0, 200000, UTC),
        sender="",
        receiver="Warehouse",
        iflow="Adapter_Data_Id",
        iflow_name="Adapter data",
        package="PackageId",
        status="FAILED",
        custom_status="Broken",
        log_level="INFO",
        link="https://tenant.invalid/log",
    )


@pytest.mark.parametrize(
    "page", ["https://127.0.0.1:8445/itspaces/x", "https://localhost/x", "https://[x", None]
)
def test_a_tenant_on_this_machine_has_no_page_of_a_message(page: str | None) -> None:
    """Nobody is sent to a page that is not there."""
    assert MessageLog.from_json({**RECORDED, "AlternateWebLink": page}).link == ""


@pytest.mark.parametrize("artifact", [None, {"Id": None, "Name": None, "PackageId": None}])
def test_a_tenant_that_tells_no_artifact_tells_the_name_of_the_flow(artifact: object) -> None:
    """An older property, still there (wire-facts 5.2)."""
    log = MessageLog.from_json({**RECORDED, "IntegrationArtifact": artifact})
    assert (log.iflow, log.iflow_name, log.package) == ("Adapter_Data", "Adapter_Data", "")


def test_a_log_that_runs_has_no_end() -> None:
    """And its status does not stand."""
    log = MessageLog.from_json({**RECORDED, "LogEnd": None, "Status": "PROCESSING"})
    assert log.end is None
    assert not log.is_final


@pytest.mark.parametrize(
    ("status", "final"),
    [
        *((status, True) for status in ("COMPLETED", "FAILED", "ESCALATED", "CANCELLED", "DISCARDED")),
        *((status, False) for status in ("PROCESSING", "RETRY", "ABANDONED", "SOMETHING_NEW", "")),
    ],
)
def test_a_status_stands_or_does_not(status: str, *, final: bool) -> None:
    """FAILED is final, ABANDONED is not (wire-facts 5.2)."""
    assert MessageLog.from_json({**RECORDED, "Status": status}).is_final is final


TIME = "/Date(1522069440003)/"
MOMENT = datetime(2018, 3, 26, 13, 4, 0, 3000, UTC)


def test_a_custom_header_is_a_name_with_a_value() -> None:
    """Null is told as an empty text."""
    assert NamedValue.from_json({"Id": "1", "Name": "orderId", "Value": None}) == NamedValue("orderId", "")


def test_an_attribute_names_its_adapter() -> None:
    """Several adapters of a flow may note the same name."""
    entity = {"AdapterId": "HTTP", "AdapterMessageId": "x", "Name": "Address", "Value": "/a"}
    assert AdapterAttribute.from_json(entity) == AdapterAttribute("HTTP", "Address", "/a")


@pytest.mark.parametrize(("told", "size"), [("26", 26), (26, 26), (None, 0), ("many", 0)])
def test_the_size_of_an_attachment_is_a_number(told: object, size: int) -> None:
    """It comes as a text (wire-facts 5.2); without one nothing is promised."""
    entity = {"Id": "sap-it-res:msg:1", "Name": "a", "ContentType": "text/plain", "TimeStamp": TIME}
    attachment = Attachment.from_json({**entity, "PayloadSize": told})
    assert attachment == Attachment("sap-it-res:msg:1", "a", "text/plain", size, MOMENT)


def test_an_entry_of_the_store_names_its_step() -> None:
    """By the id that the Persist step has."""
    entity = {"Id": "e", "MessageGuid": "m", "MessageStoreId": "Orders", "TimeStamp": TIME}
    assert StoreEntry.from_json(entity) == StoreEntry("e", "Orders", MOMENT)


def test_a_run_step_is_known_by_its_place_in_the_model() -> None:
    """Or by its own id where the tenant does not tell that."""
    entity = {"ModelStepId": "ServiceTask_1", "StepId": "x", "Activity": "Request Reply", "StepStart": TIME}
    row = {**entity, "Status": "FAILED", "Error": "no route", "StepStop": None, "ChildCount": 7}
    step = RunStep.from_json(row)
    failed = ("Request Reply", "FAILED", "no route")
    assert step == RunStep("ServiceTask_1", *failed, MOMENT, None, "", "x", "", 7)
    assert RunStep.from_json({**entity, "ModelStepId": None}).step == "x"
    assert RunStep.from_json({**entity, "RunId": "r"}).run == "r"


def _row(step: str, run: str, error: str = "") -> RunStep:
    return RunStep(step, "Call", "FAILED" if error else "COMPLETED", error, None, None, run, step, "", 0)


def test_of_each_step_the_last_run_counts() -> None:
    """Of its rows there the first with an error; that an earlier run failed does not matter."""
    rows = [
        _row("A", "1"),
        _row("B", "1", "no answer"),
        _row("A", "2"),
        _row("B", "2"),
        _row("B", "2", "one of three"),
        _row("B", "2"),
        _row("B", "3"),
        _row("C", "3", "first"),
        _row("C", "3", "second"),
    ]
    judged = steps_of_last_runs(rows)
    assert [(each.step, each.run, each.error) for each in judged] == [
        ("A", "2", ""),
        ("B", "3", ""),
        ("C", "3", "first"),
    ]
    assert [each.passed for each in judged] == [True, True, False]
    assert steps_of_last_runs(rows[:6])[-1].error == "one of three"
