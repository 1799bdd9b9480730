"""The steps of many messages at the end of a run, and of what these called."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest

from pytest_iflow.errors import MonitoringError
from pytest_iflow.monitoring import step_logs
from pytest_iflow.monitoring.log_question import LogQuestion
from pytest_iflow.monitoring.step_logs import read_step_logs
from tests.emulated_tenant import received
from tests.loopback_server import Received, Reply
from tests.monitoring.conftest import Tells, ToldTenant, odata, odata_error
from tests.monitoring.order_tenant import EmulatedTenant

pytest_plugins = ["tests.monitoring.order_tenant"]


def in_detail(tenant: EmulatedTenant, level: str = "DEBUG") -> None:
    """Have the tenant log the orders at a level."""
    url = f"{tenant.emulator.api}/emulator/log-levels"
    tenant.emulator.request("PUT", url, json={"Orders": level}).raise_for_status()


def asked_of(tenant: EmulatedTenant) -> int:
    """Return how many requests the API received."""
    return received(tenant.emulator).get("api", 0)


def test_logs_that_come_late_are_found_with_their_steps(naming_tenant: EmulatedTenant) -> None:
    """By the id that the answer named, or by the application id, in few requests."""
    in_detail(naming_tenant)
    naming_tenant.emulator.set_faults({"log_delay": 0.5})
    named = [LogQuestion(str(naming_tenant.order(str(each)).mpl_id)) for each in range(40)]
    naming_tenant.order("7", application_id="pytest-iflow-7")
    sent = LogQuestion(application_id="pytest-iflow-7")
    before = asked_of(naming_tenant)
    found = read_step_logs(naming_tenant.monitor, [*named, sent], 30.0)
    assert [each.question for each in found.messages if each.log.iflow == "Orders"] == [*named, sent]
    called = [each for each in found.messages if each.log.iflow != "Orders"]
    assert [each.question for each in called if each.steps] == []  # it was logged at INFO
    assert len(called) == 41
    assert len([each for each in found.messages if each.steps]) == 41
    assert (found.missing, found.left_out, found.trouble) == ([], 0, "")
    # Runs and steps of each, and a few looks for the logs; what completed at INFO is not asked for.
    assert asked_of(naming_tenant) - before < 2 * 41 + 12
    missing = LogQuestion("AGnone")
    assert read_step_logs(naming_tenant.monitor, [sent, missing], 0.0).missing == [missing]


def test_steps_are_asked_for_only_where_there_are_some(naming_tenant: EmulatedTenant) -> None:
    """A message that completed at INFO has none; one that failed has (wire-facts 5.7)."""
    passed, failed = naming_tenant.order(), naming_tenant.order(outcome="FAILED")
    before = asked_of(naming_tenant)
    asked = [LogQuestion(str(each.mpl_id)) for each in (passed, failed)]
    found = read_step_logs(naming_tenant.monitor, asked, 10.0)
    assert [bool(each.steps) for each in found.messages if each.log.iflow == "Orders"] == [False, True]
    assert asked_of(naming_tenant) - before == 4  # logs, called ones, runs, steps


def test_of_very_many_the_first_are_read(
    naming_tenant: EmulatedTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it is known how many are left out."""
    monkeypatch.setattr(step_logs, "MOST_MESSAGES", 2)
    in_detail(naming_tenant)
    asked = [LogQuestion(str(naming_tenant.order(str(each)).mpl_id)) for each in range(5)]
    found = read_step_logs(naming_tenant.monitor, asked, 5.0)
    assert [each.question for each in found.messages] == asked[:2]
    assert found.left_out == 3 + 5  # those of the iFlow that each order called


def logs_by(request: str, known: Callable[[str], dict[str, object]]) -> Reply:
    """Answer with the logs whose ids stand in a filter."""
    return odata({"results": [known(each) for each in re.findall(r"MessageGuid eq '([^']+)'", request)]})


def log_of(message: str) -> dict[str, object]:
    """Return a log at DEBUG that has a correlation id."""
    return {
        "MessageGuid": message,
        "CorrelationId": f"of-{message}",
        "Status": "COMPLETED",
        "LogLevel": "DEBUG",
        "IntegrationArtifact": {"Id": "Orders", "Name": "Orders"},
    }


def answering(tells: Tells, answer: Callable[[str], Reply]) -> ToldTenant:
    """Return a tenant whose API answers to a request as a function says."""
    tenant = tells(Reply(200))
    tokens = tenant.server.answer

    def both(request: Received) -> Reply:
        return tokens(request) if request.target.startswith("/oauth") else answer(unquote(request.target))

    tenant.server.answer = both
    return tenant


def test_a_tenant_that_takes_no_combined_filter_is_asked_for_each(tells: Tells) -> None:
    """What it called is asked for in the same way."""

    def answer(target: str) -> Reply:
        if " or " in target:
            return odata_error(400, "Invalid filter")
        if "CorrelationId eq 'of-a'" in target:
            return odata({"results": [log_of("a"), {**log_of("called"), "CorrelationId": "of-a"}]})
        if "MessageProcessingLogs?" in target:
            return logs_by(target, log_of)
        if target.endswith("/Runs"):
            return odata({"results": [{"Id": "r"}]})
        return odata({"results": [{"RunId": "r", "ModelStepId": "s", "ChildCount": 1, "BranchId": "b"}]})

    tenant = answering(tells, answer)
    found = read_step_logs(tenant.monitor, [LogQuestion("a"), LogQuestion("b")], 0.0)
    assert [(each.log.message_id, each.question.message_id) for each in found.messages] == [
        ("a", "a"),
        ("b", "b"),
        ("called", "a"),
    ]
    (step,) = found.messages[2].steps
    assert (step.step, step.number, step.branch) == ("s", 1, "b")


def test_what_the_tenant_refuses_is_told(tells: Tells) -> None:
    """Steps: by a sentence, beside what is known; logs: as an error."""

    def answer(target: str) -> Reply:
        return odata_error(403, None) if target.endswith("/Runs") else logs_by(target, log_of)

    found = read_step_logs(answering(tells, answer).monitor, [LogQuestion("a")], 0.0)
    assert found.messages == []
    assert "MonitoringDataRead" in found.trouble
    with pytest.raises(MonitoringError, match="403"):
        read_step_logs(tells(odata_error(403, None)).monitor, [LogQuestion("a")], 0.0)
