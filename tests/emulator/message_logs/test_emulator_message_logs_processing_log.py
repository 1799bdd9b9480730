"""The log of one message."""

from __future__ import annotations

import itertools
import re

import pytest

from pytest_iflow.emulator.message_logs.message_log import LogLevel, MessageIds, new_message_id
from pytest_iflow.emulator.message_logs.processing_log import ProcessingLog


def test_id_has_28_characters_and_begins_as_recorded() -> None:
    """Base64url, AG at the start (wire-facts 4.2)."""
    assert re.fullmatch(r"AG[A-Za-z0-9_-]{26}", new_message_id())


def test_ids_of_one_message_differ() -> None:
    """Three ids, as three headers need them."""
    ids = MessageIds.new()
    assert len({ids.message, ids.correlation, ids.pregenerated}) == 3


def _log() -> ProcessingLog:
    """A log whose clock goes on by a second with each look at it; it begins at 0."""
    seconds = itertools.count()
    return ProcessingLog("Orders", MessageIds("m", "c", "p"), lambda: float(next(seconds)))


def test_record_has_everything_that_was_noted() -> None:
    """Each thing under its own name, in its order."""
    log = _log()
    log.sender, log.receiver, log.custom_status = "Shop", "Warehouse", "SPLIT"
    log.custom_header("orderId", "1")
    log.custom_header("orderId", "2")
    log.adapter_attribute("HTTPS", "Address", "/http/orders")
    log.attach("order.json", b"{}", "application/json")
    log.store("Orders", b"{}")
    record = log.record("COMPLETED")
    assert (record.message_id, record.correlation_id, record.artifact) == ("m", "c", "Orders")
    assert (record.sender, record.receiver, record.custom_status) == ("Shop", "Warehouse", "SPLIT")
    assert record.custom_headers == (("orderId", "1"), ("orderId", "2"))
    assert [(each.adapter_id, each.value) for each in record.adapter_attributes] == [
        ("HTTPS", "/http/orders")
    ]
    assert [(each.name, each.content, each.time) for each in record.attachments] == [
        ("order.json", b"{}", 1.0)
    ]
    assert [(each.store_id, each.content, each.time) for each in record.store_entries] == [
        ("Orders", b"{}", 2.0)
    ]
    assert (record.start, record.end) == (0.0, 3.0)


def test_long_texts_are_kept_as_far_as_a_tenant_shows_them() -> None:
    """120, 100 and 40 characters (wire-facts 5.2)."""
    log = _log()
    log.application_message_id = log.application_message_type = log.custom_status = 200 * "x"
    record = log.record("COMPLETED")
    shown = (record.application_message_id, record.application_message_type, record.custom_status)
    assert [len(each or "") for each in shown] == [120, 100, 40]


def test_step_ends_when_the_next_one_begins() -> None:
    """The last one ends with the message."""
    log = _log()
    log.log_level = "DEBUG"
    log.step("Step_1", "Content Modifier")
    log.step("Step_2", "Request Reply")
    first, second = log.record("COMPLETED").run_steps
    assert (first.start, first.end, first.status) == (1.0, 2.0, "COMPLETED")
    assert (second.start, second.end, second.status) == (2.0, 3.0, "COMPLETED")


def test_step_under_way_is_the_one_that_failed() -> None:
    """The log names it."""
    log = _log()
    log.step("Step_1", "Content Modifier")
    log.step("Step_2", "Request Reply")
    record = log.record("FAILED", "no answer")
    assert (record.status, record.error, record.last_error_step) == ("FAILED", "no answer", "Step_2")
    assert [(each.status, each.error) for each in record.run_steps] == [
        ("COMPLETED", None),
        ("FAILED", "no answer"),
    ]


def test_message_without_steps_fails_in_none() -> None:
    """There is nothing to name."""
    assert _log().record("FAILED", "no answer").last_error_step is None


def test_message_under_way_has_no_end() -> None:
    """Nor has its last step; the custom status repeats the status."""
    log = _log()
    log.log_level = "DEBUG"
    log.step("Step_1", "Request Reply")
    record = log.record("PROCESSING")
    assert (record.end, record.run_steps[0].end) == (None, None)
    assert record.custom_status == "PROCESSING"
    assert log.record("COMPLETED").custom_status == "COMPLETED"


LEVELS: tuple[LogLevel, ...] = ("NONE", "ERROR", "INFO", "DEBUG", "TRACE")


@pytest.mark.parametrize(
    ("error", "kept", "steps", "attachments"),
    [
        (None, [False, False, True, True, True], [0, 0, 0, 60, 60], [1, 0, 1, 1, 1]),
        ("broken", [False, True, True, True, True], [50, 50, 50, 60, 60], [1, 0, 1, 1, 1]),
    ],
)
def test_level_says_what_is_kept(
    error: str | None, kept: list[bool], steps: list[int], attachments: list[int]
) -> None:
    """Of a message that completed no step below DEBUG; of one that failed the last 50."""
    logs = []
    for level in LEVELS:
        log = _log()
        log.log_level = level
        log.attach("a", b"", "text/plain")
        for number in range(60):
            log.step(f"Step_{number}", "Content Modifier")
        logs.append(log.record("FAILED" if error else "COMPLETED", error))
    assert [log.is_kept for log in logs] == kept
    assert [len(log.run_steps) for log in logs] == steps
    assert [len(log.attachments) for log in logs] == attachments
    assert [log.log_level for log in logs] == list(LEVELS)
    assert all(log.run_steps[-1].model_step_id == "Step_59" for log in logs if log.run_steps)


def test_each_try_is_a_run_with_an_id_of_its_own() -> None:
    """The steps belong to their run; the run that failed keeps the status that the message had after it."""
    log = _log()
    log.log_level = "DEBUG"
    log.step("Step_1", "Request Reply")
    retry = log.retry("no answer")
    assert (retry.status, retry.error, [each.status for each in retry.runs]) == (
        "RETRY",
        "no answer",
        ["RETRY"],
    )
    log.step("Step_1", "Request Reply")
    log.step("Step_1", "Request Reply")
    record = log.record("COMPLETED")
    first, second = record.runs
    assert (first.status, second.status) == ("RETRY", "COMPLETED")
    assert first.run_id == retry.runs[0].run_id
    assert len({first.run_id, second.run_id, record.message_id}) == 3
    assert [(each.run_id, each.status) for each in record.run_steps] == [
        (first.run_id, "FAILED"),
        (second.run_id, "COMPLETED"),
        (second.run_id, "COMPLETED"),
    ]
