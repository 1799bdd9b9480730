"""Message processing logs as the tenant tells them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pytest_iflow.monitoring.message_log import MessageLog

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
