"""What a token says: for whom it is, who issued it, and what it may."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pytest_iflow.diagnosis.facts import Certainty, Facts
from pytest_iflow.oauth.token import basic
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


PAGE_403 = "<!doctype html><html><body><h1>HTTP Status 403 \N{EN DASH} Forbidden</h1></body></html>".encode()
HTML = {"Content-Type": "text/html;charset=utf-8"}


def test_sender_that_wants_a_csrf_token(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The answer says so in a header."""
    exchange = tenant.runtime.call(tenant.token(), "/http/products/details/csrf")
    recognise(Facts(exchange, key=tenant.key()), "csrf-required")


def test_recorded_answer_that_wants_a_csrf_token(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """Whatever the page says."""
    exchange = recorded(Reply(403, PAGE_403, {**HTML, "X-CSRF-Token": "required"})).call(token_of())
    recognise(Facts(exchange), "csrf-required", by="recorded")


def test_client_without_any_role(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The scopes of the token show it."""
    exchange = tenant.runtime.call(tenant.token("integration-flow-without-role"), "/http/echo")
    (found,) = recognise(Facts(exchange), "missing-role")
    assert "scopes of the token: uaa.resource" in found.evidence


def test_flow_with_a_role_of_its_own(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The client has the usual role: the other one is likely, a change of late is possible."""
    exchange = tenant.runtime.call(tenant.token(), "/http/products/details/role")
    recognise(Facts(exchange), "missing-role", "role-just-changed", certainty=Certainty.LIKELY)


def test_role_that_the_runtime_does_not_know_yet(
    tenant: RefusingTenant, recognise: Recognise, record_property: Callable[[str, object], None]
) -> None:
    """From outside it cannot be told from a role that is missing, so it is named as possible."""
    tenant.emulator.set_faults({"role_delay": 3600})
    found = recognise(
        Facts(tenant.runtime.call(tenant.token(), "/http/echo")),
        "missing-role",
        "role-just-changed",
        certainty=Certainty.LIKELY,
    )
    assert found[1].certainty is Certainty.POSSIBLE
    record_property("recognised cause", "role-just-changed:emulator")


def test_recorded_page_without_a_readable_token(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """Without scopes to look at it is likely, no more."""
    exchange = recorded(Reply(403, PAGE_403, HTML)).call("opaque-token")
    recognise(Facts(exchange), "missing-role", by="recorded", certainty=Certainty.LIKELY)


@pytest.mark.parametrize(("body", "certainty"), [(b"", "LIKELY"), (b'{"error":"forbidden"}', "POSSIBLE")])
def test_refusal_without_a_page(
    recorded: Callable[[Reply], Sender], recognise: Recognise, body: bytes, certainty: str
) -> None:
    """A body may be the iFlow's own, so that the role is one reason of several."""
    exchange = recorded(Reply(403, body)).call("opaque-token")
    recognise(Facts(exchange), "missing-role", by="recorded", certainty=Certainty[certainty])


@pytest.mark.parametrize("user", ["jane.doe@example.com", "S0012345678", "P123456"])
def test_personal_user(recorded: Callable[[Reply], Sender], recognise: Recognise, user: str) -> None:
    """An e-mail address or the number of a person."""
    sent = {"Authorization": basic(user, "a password")}
    exchange = recorded(Reply(403, PAGE_403, HTML)).send("POST", "/http/x", sent)
    recognise(Facts(exchange), "personal-user", by="recorded", certainty=Certainty.LIKELY)


def test_api_client_that_may_only_read(tenant: RefusingTenant, recognise: Recognise) -> None:
    """It asks for a deployment."""
    sent = {"Authorization": f"Bearer {tenant.token('api-read-only')}", "Accept": "application/json"}
    exchange = tenant.api.send(
        "POST", "/api/v1/DeployIntegrationDesigntimeArtifact?Id='Echo'&Version='active'", sent
    )
    recognise(Facts(exchange, key=tenant.key("api-read-only")), "missing-api-role")
