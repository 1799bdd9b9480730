"""Each kind of step and adapter of the engine: a bundle that passes, one that fails, and their logs."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pytest
from msgspec.structs import astuple

from pytest_iflow.emulator.flows.engine_runs import run_message
from pytest_iflow.emulator.flows.message import FlowFailureError, Message, Reply, Surroundings
from pytest_iflow.emulator.flows.receivers import ODataReceiver
from pytest_iflow.emulator.message_logs.message_log import LogLevel, MessageLog
from pytest_iflow.emulator.message_logs.processing_log import ProcessingLog
from pytest_iflow.iflow_engine.engine import Call, Engine, starts
from pytest_iflow.iflow_engine.registry import ACTIONS, ROUTED, not_supported, unusable_settings
from pytest_iflow.iflow_engine.senders import SENDERS
from pytest_iflow.iflow_engine.steps.external_calls import RECEIVERS
from pytest_iflow.iflow_model.readiness import Missing
from tests import engine_flows as flows
from tests.iflow_engine import step_bundles as table
from tests.iflow_engine.scripting.groovy_scripts import groovy_or_skip
from tests.iflow_engine.step_bundles import Case, Pair

TABLES = {"step": table.STEPS, "receiver": table.RECEIVERS, "sender": table.SENDERS}


def processed(case: Case, level: LogLevel) -> tuple[Reply | None, MessageLog]:
    """Run the message of a case; return the reply, if there is one, and the log as a tenant keeps it."""
    engine = Engine(flows.Answers(**case.answers))
    found = [flows.deployed(each) for each in (case.files, *case.others)]
    for each in found:
        engine.deploy(each)
    body = case.message.encode() if isinstance(case.message, str) else case.message
    log = ProcessingLog(found[0].id, level=level)
    message = Message("POST", {}, dict(case.headers), body, log=log)
    surroundings = Surroundings(ODataReceiver("http://127.0.0.1:1"), threading.Event())
    call = Call(starts(found[0])[0], case.waits, mpl_id=log.ids.message)
    try:
        reply = run_message(found[0], engine, message, call, surroundings)
    except FlowFailureError as error:
        return None, log.record(error.status, f"{error.exception}: {error.cause}")
    finally:
        engine.close()
    return reply, log.record("COMPLETED")


def cases(attribute: str) -> list[object]:
    """Return the cases of the table, each with its name."""
    return [
        pytest.param(case, id=f"{name} {kind}")
        for name, rows in TABLES.items()
        for kind, pair in rows.items()
        if isinstance(case := getattr(pair, attribute), Case)
    ]


def test_the_table_has_each_kind_of_the_engine() -> None:
    """A kind that is new needs a bundle that passes, and one that fails or the reason why none does."""
    assert set(table.STEPS) == {*ACTIONS, *ROUTED}
    assert set(table.RECEIVERS) == set(RECEIVERS)
    assert set(table.SENDERS) == set(SENDERS)
    reasons = {pair.fails for pair in all_pairs() if isinstance(pair.fails, str)}
    assert reasons == {table.NEVER}


def all_pairs() -> list[Pair]:
    """Return all rows."""
    return [pair for rows in TABLES.values() for pair in rows.values()]


@pytest.mark.parametrize("kind", table.STEPS)
def test_a_case_is_of_its_kind(kind: str) -> None:
    """The bundle that passes has a step of the kind, and all of it is supported."""
    flow = flows.deployed(table.STEPS[kind].passes.files).flow
    assert kind in {step.kind for step in flow.steps()}
    assert not_supported(flow) == []


def refused(files: Mapping[str, bytes]) -> list[Missing]:
    """Return what is refused of a flow by its settings, before any message comes."""
    deployed = flows.deployed(files)
    assert deployed.package is not None
    return [*unusable_settings(deployed.package, deployed.bundle)]


@pytest.mark.parametrize("case", cases("passes"))
def test_settings_that_the_engine_has_are_not_refused(case: Case) -> None:
    """Of each kind of step and adapter there is a flow of which nothing is refused."""
    assert refused(case.files) == []


def test_settings_that_the_engine_lacks_are_told_beforehand() -> None:
    """As the step would say when the message comes."""
    java = table.transformed('<xsl:value-of select="d:new()" xmlns:d="java:java.util.Date"/>')
    odd = table.of_step("Splitter", "GeneralSplitter", splitType="GeneralSplitter", exprType="EDI")
    linked = table.sending("HCIOData", operation="Link", resourcePath="Products")
    batch = table.sending("SuccessFactors", operation="Query(GET)", enableBatchProcessing="1")
    said = [kind for files in (java, odd, linked, batch) for _, kind in map(astuple, refused(files))]
    assert said == [
        "stylesheet that calls Java, java:java.util.Date",
        "Step, splitter by EDI",
        "operation link of the OData receiver",
        "batch processing of the OData receiver",
    ]


@pytest.mark.parametrize("case", cases("passes"))
def test_what_passes_has_the_log_of_a_tenant(case: Case) -> None:
    """All steps at DEBUG, each of them completed; none at INFO."""
    if case.needs_groovy:
        groovy_or_skip("2.4", {})
    reply, log = processed(case, "DEBUG")
    assert reply is not None, log.error
    assert case.body in (reply.body.decode("utf-8", "replace") if isinstance(reply.body, bytes) else "")
    assert (log.status, log.error, log.last_error_step) == ("COMPLETED", None, None)
    steps = [each.model_step_id for each in log.run_steps]
    assert steps
    assert all(each.end is not None and each.run_id == log.runs[0].run_id for each in log.run_steps)
    if not case.needs_groovy:  # the one that is slow
        assert processed(case, "INFO")[1].run_steps == ()


@pytest.mark.parametrize("case", cases("fails"))
def test_what_fails_has_the_log_of_a_tenant(case: Case) -> None:
    """The step that failed with its error, also at INFO; those before it completed."""
    if case.needs_groovy:
        groovy_or_skip("2.4", {})
    reply, log = processed(case, "INFO")
    assert reply is None
    assert log.status in {"FAILED", "ESCALATED"}
    assert case.error in (log.error or "")
    assert log.last_error_step == case.at
    (failed,) = (each for each in log.run_steps if each.model_step_id == case.at)
    assert failed.status == "FAILED"
    assert case.error in (failed.error or "")
    assert log.run_steps[0].status == "COMPLETED"
