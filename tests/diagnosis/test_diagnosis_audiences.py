"""Tokens for somebody else, or of somebody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pytest_iflow.diagnosis.cause import Certainty
from pytest_iflow.diagnosis.facts import Facts
from pytest_iflow.oauth.request import basic
from tests.diagnosis.refusing import RefusingTenant, Sender, service_key, token_of
from tests.emulator.emulator_process import running
from tests.loopback_server import Reply

if TYPE_CHECKING:
    from pathlib import Path

    from tests.diagnosis.conftest import Recognise

API_CLIENT = "sb-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9!b55028|it!b44075"
TUTORIAL = (
    "Jwt token with audience [uaa, it!b44075, it!b44075.IntegrationOperationServer, "
    f"it!b44075.GenerationAndBuild, {API_CLIENT}] is not issued for these clientIds: "
    "[sb-it-rt-acme!b44075, it-rt-acme!b44075]."
)
FORMS = {
    "XML of 2020": Reply(
        401,
        f"<UnauthorizedException><error>unauthorized</error><error_description>{TUTORIAL}"
        "</error_description></UnauthorizedException>".encode(),
        {"Content-Type": "application/xml"},
    ),
    "challenge of 2022": Reply(
        401,
        headers={
            "WWW-Authenticate": 'Bearer error="invalid_token", '
            f'error_description="The token is invalid: {TUTORIAL}"'
        },
    ),
    "page": Reply(
        401,
        f"<html><h1>HTTP Status 401</h1><p>{TUTORIAL.replace('!', '&#33;')}</p></html>".encode(),
        {"content-type": "text/html"},
    ),
    "broken lines, another case": Reply(
        401, TUTORIAL.replace("with audience ", "with\n  audience\t").replace("Jwt", "JWT").encode()
    ),
    "JSON beside a challenge": Reply(
        401,
        b'{"error":"unauthorized","error_description":"Unauthorized"}',
        {"www-authenticate": f'Bearer error="invalid_token", error_description="{TUTORIAL}"'},
    ),
    "older words": Reply(401, TUTORIAL.replace("token with audience", "token audience").encode()),
}


def test_token_of_plan_api_at_the_runtime(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The remedy names the plan, the evidence both audiences."""
    exchange = tenant.runtime.call(tenant.token("api"), "/http/echo")
    (found,) = recognise(Facts(exchange, key=tenant.key()), "wrong-audience")
    assert found.cause.remedy == "Use a key of plan integration-flow."
    assert any(line.startswith("audience of the token: uaa, it!b44075") for line in found.evidence)
    assert "audience wanted: sb-it-rt-local-trial!b117912, it-rt-local-trial!b117912" in found.evidence


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("token", ["known", "unknown", None])
def test_error_of_the_tutorial(
    recorded: Callable[[Reply], Sender], recognise: Recognise, form: str, token: str | None
) -> None:
    """The answer alone is enough, whatever was sent."""
    sent = token_of(aud=["uaa", "it!b44075"]) if token == "known" else token
    (found,) = recognise(Facts(recorded(FORMS[form]).call(sent)), "wrong-audience", by="recorded")
    assert found.cause.remedy == "Use a key of plan integration-flow."


def test_audience_of_an_application_that_is_no_plan(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """That its key is of plan api is then likely, no more."""
    words = "Jwt token with audience [uaa, shop!t123] is not issued for these clientIds: [sb-it-rt-acme!b1]."
    exchange = recorded(Reply(401, words.encode())).call(token_of(aud=["uaa", "shop!t123"]))
    recognise(Facts(exchange), "wrong-audience", by="recorded", certainty=Certainty.LIKELY)


def test_basic_credentials_of_a_key_of_plan_api(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """The runtime fetches the token itself: the credentials are good, but not for it."""
    sent = {"Authorization": basic(API_CLIENT, "its secret")}
    exchange = recorded(FORMS["XML of 2020"]).send("POST", "/http/x", sent)
    recognise(Facts(exchange), "wrong-audience", by="recorded")


@pytest.mark.parametrize("status", [401, 403])
def test_runtime_token_that_the_api_refuses_without_a_word(
    recorded: Callable[[Reply], Sender], recognise: Recognise, status: int
) -> None:
    """No role can be added to a key of the other plan."""
    sent = {"Authorization": f"Bearer {token_of()}"}
    exchange = recorded(Reply(status)).send("GET", "/api/v1/MessageProcessingLogs", sent)
    facts = Facts(exchange, key=service_key())
    recognise(facts, "runtime-key-on-api", by="recorded", certainty=Certainty.LIKELY)


def test_token_of_plan_api_that_is_refused_without_a_word(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """The claims alone make it likely."""
    exchange = recorded(Reply(401)).call(token_of(aud=["uaa", "it!b44075", API_CLIENT]))
    facts = Facts(exchange, key=service_key())
    recognise(facts, "wrong-audience", by="recorded", certainty=Certainty.LIKELY)


def test_runtime_token_at_the_api(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The reverse: the API wants a key of plan api."""
    sent = {"Authorization": f"Bearer {tenant.token()}", "Accept": "application/json"}
    exchange = tenant.api.send("GET", "/api/v1/MessageProcessingLogs", sent)
    (found,) = recognise(Facts(exchange, key=tenant.key()), "runtime-key-on-api")
    assert "plan api" in found.cause.remedy


def test_api_asked_at_the_host_of_a_runtime_key(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The url of such a key is the runtime, which has no /api/v1."""
    sent = {"Authorization": f"Bearer {tenant.token()}"}
    exchange = tenant.runtime.send("GET", "/api/v1/MessageProcessingLogs", sent)
    recognise(Facts(exchange, key=tenant.key()), "runtime-key-on-api")


def test_token_of_another_landscape(tenant: RefusingTenant, recognise: Recognise, tmp_path: Path) -> None:
    """Good where it was issued, but of other keys."""
    with running(tmp_path / "keys") as other:
        token = other.token()
    found = recognise(
        Facts(tenant.runtime.call(token, "/http/echo"), key=tenant.key()), "token-of-another-subaccount"
    )
    assert any(line.startswith("issued by 127.0.0.1:") for line in found[0].evidence)


def test_token_of_another_tenant_by_its_audience(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """Both are of plan integration-flow, but of two tenants."""
    words = (
        "Jwt token with audience [uaa, it-rt-other!b117912.ESBMessaging] is not issued for these "
        "clientIds: [sb-it-rt-acme!b117912, it-rt-acme!b117912]."
    )
    exchange = recorded(Reply(401, words.encode())).call(token_of(aud=["it-rt-other!b117912.ESBMessaging"]))
    recognise(Facts(exchange, key=service_key()), "token-of-another-subaccount", by="recorded")


def test_token_of_another_region(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """Where the words do not tell, the issuer makes it likely."""
    elsewhere = "https://acme.authentication.us10.hana.ondemand.com/oauth/token"
    exchange = recorded(Reply(401)).call(token_of(iss=elsewhere))
    facts = Facts(exchange, key=service_key())
    recognise(facts, "token-of-another-subaccount", by="recorded", certainty=Certainty.LIKELY)


def test_issuer_in_another_spelling(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """Case and the usual port make no other token service."""
    same = "https://ACME.authentication.eu10.hana.ondemand.com:443/oauth/token"
    recognise(Facts(recorded(Reply(401)).call(token_of(iss=same)), key=service_key()))


def test_token_whose_claims_were_changed(tenant: RefusingTenant, recognise: Recognise) -> None:
    """It is whole, in time and of this tenant, but its signature is not."""
    head, claims, signature = tenant.token().split(".")
    middle = len(signature) // 2
    other = "A" if signature[middle] != "A" else "B"
    changed = f"{signature[:middle]}{other}{signature[middle + 1 :]}"
    exchange = tenant.runtime.call(f"{head}.{claims}.{changed}", "/http/echo")
    recognise(Facts(exchange, key=tenant.key()), "invalid-token")
