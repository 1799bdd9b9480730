"""What hangs on a message log, as the tenant tells it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pytest_iflow.monitoring.message_details import (
    AdapterAttribute,
    Attachment,
    NamedValue,
    RunStep,
    StoreEntry,
)

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
    step = RunStep.from_json({**entity, "Status": "FAILED", "Error": "no route", "StepStop": None})
    assert step == RunStep("ServiceTask_1", "Request Reply", "FAILED", "no route", MOMENT, None)
    assert RunStep.from_json({**entity, "ModelStepId": None}).step == "x"
