"""The facts of a failure, from what a run knows and what the tenant says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from pytest_iflow.diagnosis.facts import Certainty, Facts
from pytest_iflow.diagnosis.findings import diagnose
from pytest_iflow.diagnosis.gathering import ask_tenant, facts_of, facts_of_failure, note_refusal
from pytest_iflow.errors import CallError, CheckError, ConfigurationError, IflowError, TokenError, cause_of
from pytest_iflow.oauth.token import TokenAnswer
from pytest_iflow.run import Run
from pytest_iflow.tenants.model import Iflow
from pytest_iflow.transport.exchange import Exchange
from tests.emulated_tenant import received, undeploy
from tests.emulator.emulator_process import Emulator
from tests.loopback_server import Reply, Serve
from tests.loopback_tenant import LoopbackTenant, caller_of, token_reply

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
    assert ask_tenant(emulated_run, exchange) == Facts()
    assert "api" not in received(emulator)


def test_without_a_key_of_plan_api_nothing_is_asked(emulated_run: Run) -> None:
    """The guesses stay."""
    clients = {"default": emulated_run.environment.clients["default"]}
    emulated_run.environment = replace(emulated_run.environment, clients=clients)
    exchange = caller_of(emulated_run).call("/no/such/flow")
    assert ask_tenant(emulated_run, exchange) == Facts()


@pytest.fixture
def run(serve: Serve, loopback_tenant: LoopbackTenant) -> Run:
    """A run whose token service refuses client "refused", and whose runtime knows no flow but /good."""

    def answer(received: object) -> Reply:
        target = getattr(received, "target", "")
        if target.startswith("/refuse"):
            return Reply(401, b'{"error":"unauthorized","error_description":"Bad credentials"}')
        if target.startswith("/oauth"):
            return token_reply("a-token")
        return Reply(200 if target == "/http/good" else 404)

    server = serve(answer)
    loopback_tenant.client(host=server.url)
    loopback_tenant.client("twin", host=server.url, clientid="sb-default!b1|it-rt-test!b117912")
    loopback_tenant.client("refused", host=server.url, tokenurl=f"{server.url}/refuse/oauth/token")
    loopback_tenant.client("broken", host="not an address")
    return loopback_tenant.run()


def call(run: Run, address: str) -> Exchange:
    """Call an address as client "default"."""
    return caller_of(run).call(address)


def gathered(run: Run, error: BaseException, last: Exchange | None) -> Exchange | IflowError | None:
    """Return what the facts of a failure are about."""
    facts = facts_of_failure(run, error, last)
    return (facts.exchange or facts.error) if facts else None


def test_client_of_the_exchange_decides_on_the_key(run: Run) -> None:
    """Another client with its id is named; one whose key cannot be used is passed over."""
    facts = facts_of(run, exchange=call(run, "/missing"))
    assert facts.key is run.credentials.service_key("default")
    assert facts.same_client == ("twin",)


def test_check_that_failed_on_a_refused_call(run: Run) -> None:
    """It is about the last exchange."""
    refused = call(run, "/missing")
    assert gathered(run, CheckError("the status is 404"), refused) is refused
    assert gathered(run, AssertionError("in a step of the suite"), refused) is refused


def test_check_that_failed_on_a_good_answer_has_no_facts(run: Run) -> None:
    """The content is wrong, nothing was refused."""
    assert gathered(run, CheckError("no such value"), call(run, "/good")) is None
    assert gathered(run, CheckError("no call yet"), None) is None


def test_refused_token_brings_its_own_exchange(run: Run) -> None:
    """Also where the check that failed was raised from it, and another call came later."""
    with pytest.raises(TokenError) as caught:
        run.tokens.token("refused")
    later = call(run, "/good")
    answer = gathered(run, caught.value, later)
    assert isinstance(answer, Exchange)
    assert answer.client == "refused"
    check = CheckError("another status")
    check.__cause__ = caught.value
    assert gathered(run, check, None) is answer
    with pytest.raises(TokenError):
        TokenAnswer(answer).granted()


def test_token_answer_that_is_none_is_one_to_explain(run: Run) -> None:
    """Its status is that of a success."""
    answered = call(run, "/good")
    assert gathered(run, TokenError("200, but no access_token", exchange=answered), None) is answered


def test_missing_answer_is_its_own_error(run: Run) -> None:
    """Whatever was answered before is of no concern."""
    error = CallError("no answer", cause="timeout", client="default")
    assert gathered(run, error, call(run, "/missing")) is error
    mistake = ConfigurationError("the key is wrong")
    assert gathered(run, mistake, call(run, "/missing")) is mistake


def test_other_error_of_the_package_is_about_the_last_exchange(run: Run) -> None:
    """As one of the monitoring API, which asked and was refused."""
    refused = call(run, "/missing")
    assert gathered(run, IflowError("the API refused"), refused) is refused


@pytest.mark.parametrize(
    ("log_error", "cause"),
    [
        ("HTTP operation failed with statusCode: 404", "receiver-not-reached"),
        ("script error in line 7", "flow-failed"),
        ("", "flow-failed"),
    ],
)
def test_message_that_failed_names_its_cause_by_the_text_of_its_log(
    run: Run, log_error: str, cause: str
) -> None:
    """The receiver where the text says so, else the iFlow; the error has that text itself, without a note."""
    error = CheckError("the message failed", cause="flow-failed", log_error=log_error)
    note_refusal(run, error, call(run, "/good"))
    assert error.cause == cause
    assert not getattr(error, "__notes__", ())


def test_refusal_is_noted_once_on_an_error_that_is_raised_again(run: Run) -> None:
    """The likeliest cause is a field of the error, and one block says why."""
    with pytest.raises(TokenError) as caught:
        run.tokens.token("refused")
    for _ in range(2):
        note_refusal(run, caught.value, None)
    assert caught.value.cause == "bad-credentials"
    assert len(caught.value.__notes__) == 1
    check = AssertionError("in a step of the suite")
    note_refusal(run, check, call(run, "/missing"))
    assert cause_of(check) == "flow-not-deployed"
