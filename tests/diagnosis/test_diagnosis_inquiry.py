"""What the tenant says of a refused call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_iflow.diagnosis.cause import Certainty
from pytest_iflow.diagnosis.gathering import facts_of
from pytest_iflow.diagnosis.inquiry import TenantSays, ask_tenant
from pytest_iflow.diagnosis.ranking import diagnose
from pytest_iflow.run import Run
from pytest_iflow.tenants.model import Iflow
from tests.emulated_tenant import received, undeploy
from tests.emulator.emulator_process import Emulator
from tests.loopback_tenant import caller_of

pytest_plugins = ["tests.emulated_tenant"]

Named = Callable[[str], list[tuple[str, Certainty]]]


@pytest.fixture
def named(emulated_run: Run) -> Named:
    """Call an iFlow, and return what its refusal is put down to."""

    def causes(iflow: str) -> list[tuple[str, Certainty]]:
        exchange = caller_of(emulated_run).call(iflow, body=b"<a/>")
        found = diagnose(facts_of(emulated_run, exchange=exchange))
        return [(finding.cause.id, finding.certainty) for finding in found]

    return causes


def test_iflow_that_is_not_deployed(named: Named, emulator: Emulator) -> None:
    """What was a guess is certain, and no other one is named."""
    undeploy(emulator, "Orders")
    assert named("orders") == [("flow-not-deployed", Certainty.CERTAIN)]


@pytest.mark.parametrize(
    ("address", "cause"), [("/ORDERS", "wrong-case-in-address"), ("/products", "soap-flow-under-http")]
)
def test_address_that_is_nearly_one(named: Named, address: str, cause: str) -> None:
    """The list of endpoints shows which was meant."""
    assert named(address) == [(cause, Certainty.CERTAIN)]


def test_endpoint_that_is_not_listed_yet(named: Named, emulated_run: Run, emulator: Emulator) -> None:
    """The tenant lists nothing, and the iFlow is started."""
    emulator.set_faults({"endpoint_delay": 3600})
    late = Iflow("late", "/late", "Orders")
    emulated_run.environment = replace(emulated_run.environment, iflows={"late": late})
    assert named("late")[0] == ("endpoint-not-listed-yet", Certainty.LIKELY)


def test_tenant_is_asked_as_often_as_needed(named: Named, emulator: Emulator) -> None:
    """The list of endpoints once for all calls, the artifacts once for each that the tenant file knows."""
    named("/no/such/flow")
    first = received(emulator)["api"]
    named("/no/other/flow")
    assert (first, received(emulator)["api"]) == (1, 1)


def test_api_that_does_not_answer_leaves_guesses(named: Named, emulator: Emulator) -> None:
    """Nothing is raised; it is not asked again for a while."""
    emulator.set_faults({"api.status_500": 1, "api.truncated": 0})
    found = named("/no/such/flow")
    asked = received(emulator)["api"]
    assert {certainty for _, certainty in found} == {Certainty.POSSIBLE}
    assert found == named("/no/such/flow")
    assert received(emulator)["api"] == asked


def test_message_that_failed_has_the_error_of_its_log(emulated_run: Run) -> None:
    """It is read by the id that the answer names."""
    exchange = caller_of(emulated_run).call("uncaught-exception", body=b"x")
    said = ask_tenant(emulated_run, exchange)
    assert said.log_error
    assert said.endpoints is None


def test_clock_is_known_from_the_answers(emulated_run: Run, emulator: Emulator) -> None:
    """Every answer tells the time."""
    emulator.set_faults({"clock_skew": 600})
    exchange = caller_of(emulated_run).call("/no/such/flow")
    difference = facts_of(emulated_run, exchange=exchange).clock_difference
    assert difference is not None
    assert 590 < difference < 610


def test_other_refusals_are_not_asked_about(emulated_run: Run, emulator: Emulator) -> None:
    """A 401 is a matter of the token."""
    exchange = caller_of(emulated_run).call_with(None, "/echo")
    assert ask_tenant(emulated_run, exchange) == TenantSays()
    assert "api" not in received(emulator)


def test_without_a_key_of_plan_api_nothing_is_asked(emulated_run: Run) -> None:
    """The guesses stay."""
    clients = {"default": emulated_run.environment.clients["default"]}
    emulated_run.environment = replace(emulated_run.environment, clients=clients)
    exchange = caller_of(emulated_run).call("/no/such/flow")
    assert ask_tenant(emulated_run, exchange) == TenantSays()
