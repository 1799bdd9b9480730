"""What the token service says, recognised; the neighbours are not named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from pytest_iflow.diagnosis.facts import Certainty, Facts
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.key_url import tidy_url
from tests.diagnosis.refusing import RefusingTenant, Sender, service_key, token_of
from tests.emulator.emulator_process import running
from tests.loopback_server import Reply

if TYPE_CHECKING:
    from pathlib import Path

    from tests.diagnosis.conftest import Recognise

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("secret", ["wrong secret", None])
def test_wrong_secret_and_deleted_key(
    tenant: RefusingTenant, recognise: Recognise, secret: str | None
) -> None:
    """A secret of nobody, or that of a key that is gone."""
    key = tenant.key("integration-flow-revoked")
    asked = tenant.ask(key.client_id, secret or str(key.client_secret))
    found = recognise(Facts(asked, key=key), "bad-credentials")
    assert any("Bad credentials" in line for line in found[0].evidence)


@pytest.mark.parametrize("error", ["unauthorized", "invalid_client"])
def test_wrong_secret_in_the_words_of_both_years(
    recorded: Callable[[Reply], Sender], recognise: Recognise, error: str
) -> None:
    """The error word changed, the description did not (wire-facts 3.5)."""
    body = f'{{"error":"{error}","error_description":"Bad credentials"}}'.encode()
    asked = recorded(Reply(401, body, JSON)).send("POST", "/oauth/token?grant_type=client_credentials")
    recognise(Facts(asked), "bad-credentials", by="recorded")


@pytest.mark.parametrize("stray", [";RC=0", " ", "\u200b"])
def test_stray_characters_behind_the_client_id(
    tenant: RefusingTenant, recognise: Recognise, stray: str
) -> None:
    """What a store appended to the id is shown."""
    key = tenant.key()
    asked = tenant.ask(key.client_id + stray, str(key.client_secret))
    found = recognise(Facts(asked, key=key), "stray-characters-in-client-id")
    assert repr(key.client_id + stray) in found[0].evidence[0]


def test_stray_characters_in_an_id_of_unknown_form(tenant: RefusingTenant, recognise: Recognise) -> None:
    """An id that is of no known form is only likely to be wrong."""
    asked = tenant.ask("my client", "a secret")
    recognise(Facts(asked), "stray-characters-in-client-id", certainty=Certainty.LIKELY)


def test_secret_with_a_plus_in_a_bare_header(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The token service takes the plus for a blank."""
    key = tenant.key("integration-flow-plus")
    asked = tenant.ask(key.client_id, str(key.client_secret))
    recognise(Facts(asked, key=key), "secret-not-encoded")


def test_secret_that_is_not_encoded_in_the_form(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The form is read as another secret."""
    key = tenant.key("integration-flow-plus")
    body = f"grant_type=client_credentials&client_id={quote(key.client_id)}&client_secret={key.client_secret}"
    asked = tenant.token_service.send("POST", "/oauth/token", FORM, body.encode())
    recognise(Facts(asked, key=key), "secret-not-encoded")


def test_request_without_grant_type(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The address alone is not enough."""
    key = tenant.key()
    recognise(Facts(tenant.ask(key.client_id, str(key.client_secret), ""), key=key), "missing-grant-type")


@pytest.mark.parametrize(
    ("grant", "cause"),
    [
        ("no-such-grant", "unsupported-grant-type"),
        ("password", "grant-not-allowed"),
        ("client_x509", "grant-client-x509"),
    ],
)
def test_other_grant(tenant: RefusingTenant, recognise: Recognise, grant: str, cause: str) -> None:
    """Unknown, not allowed for this client, or deprecated."""
    key = tenant.key()
    asked = tenant.ask(key.client_id, str(key.client_secret), f"?grant_type={grant}")
    recognise(Facts(asked, key=key), cause)


def test_token_of_the_deprecated_grant(recognise: Recognise) -> None:
    """It can be seen before anything is refused."""
    recognise(Facts(token=token_of(grant_type="client_x509")), "grant-client-x509", by="recorded")


def test_scope_that_the_client_does_not_have(tenant: RefusingTenant, recognise: Recognise) -> None:
    """Without scope everything is granted that there is."""
    key = tenant.key()
    query = "?grant_type=client_credentials&scope=no.such.scope"
    recognise(Facts(tenant.ask(key.client_id, str(key.client_secret), query), key=key), "invalid-scope")


def test_method_that_the_token_service_does_not_know(tenant: RefusingTenant, recognise: Recognise) -> None:
    """Such as PUT."""
    asked = tenant.token_service.send("PUT", "/oauth/token")
    recognise(Facts(asked), "token-method-not-allowed")


def test_tenant_that_takes_no_query(recognise: Recognise, tmp_path: Path) -> None:
    """The same, of a profile of the emulator."""
    with running(tmp_path / "keys", "--profile", "no-query-strings") as emulator:
        strict = RefusingTenant(emulator)
        key = strict.key()
        recognise(
            Facts(strict.ask(key.client_id, str(key.client_secret)), key=key), "query-string-not-allowed"
        )


def test_query_that_is_not_allowed(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """The open-source service can be set up so (wire-facts 3.5)."""
    body = (
        b'{"error":"query_string_not_allowed",'
        b'"error_description":"Parameters must be passed in the body of the request"}'
    )
    asked = recorded(Reply(406, body, JSON)).send("POST", "/oauth/token?grant_type=client_credentials")
    recognise(Facts(asked), "query-string-not-allowed", by="recorded")


def test_token_url_without_its_path(tenant: RefusingTenant, recognise: Recognise) -> None:
    """Asked at the host alone."""
    asked = tenant.token_service.send("POST", "/?grant_type=client_credentials")
    recognise(Facts(asked), "token-url-without-path")


def test_token_url_without_its_path_in_a_key(recognise: Recognise) -> None:
    """Such a key is refused before anything is sent."""
    with pytest.raises(ConfigurationError) as caught:
        tidy_url("https://acme.authentication.eu10.hana.ondemand.com", "tokenurl", "key.json")
    recognise(Facts(error=caught.value), "token-url-without-path", by="recorded")


def test_success_without_a_token(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """Something else than the token service said 200, or sent the caller elsewhere."""
    for reply in (Reply(200, b"{}", JSON), Reply(302, headers={"Location": "/login"})):
        asked = recorded(reply).send("POST", "/oauth/token?grant_type=client_credentials")
        recognise(Facts(asked), "token-answer-without-token", by="recorded")


def test_granted_token_names_no_cause(tenant: RefusingTenant, recognise: Recognise) -> None:
    """A good answer is no reason to look for causes."""
    key = tenant.key()
    recognise(Facts(tenant.ask(key.client_id, str(key.client_secret)), key=key))


def test_secret_of_a_shared_client_may_be_of_its_twin(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """Where the words do not tell, that two clients are one is a possibility."""
    asked = recorded(Reply(401)).send("POST", "/oauth/token?grant_type=client_credentials")
    facts = Facts(asked, key=service_key(), same_client=("twin",))
    likely = Certainty.LIKELY
    recognise(facts, "bad-credentials", "shared-client-id", by="recorded", certainty=likely)
    recognise(replace(facts, same_client=()), "bad-credentials", by="recorded", certainty=likely)


@pytest.mark.parametrize(
    ("reply", "certainty"),
    [
        (Reply(401, b'{"error":"unauthorized","error_description":"bad credentials"}', JSON), "CERTAIN"),
        (
            Reply(401, b"<oauth><error_description>\n Bad\n credentials </error_description></oauth>"),
            "CERTAIN",
        ),
        (
            Reply(401, b'{"error":"invalid_client","error_description":"Client authentication failed"}'),
            "CERTAIN",
        ),
        (Reply(401, headers={"WWW-AUTHENTICATE": 'Basic Error_Description="Bad credentials"'}), "CERTAIN"),
        (Reply(401, b'{"error":"invalid_client"}', JSON), "LIKELY"),
    ],
)
def test_refused_credentials_in_other_words(
    recorded: Callable[[Reply], Sender], recognise: Recognise, reply: Reply, certainty: str
) -> None:
    """The status counts; its words, in whatever case and form, make it certain (wire-facts 3.5)."""
    asked = recorded(reply).send("POST", "/oauth/token?grant_type=client_credentials")
    facts = Facts(asked, key=service_key())
    recognise(facts, "bad-credentials", by="recorded", certainty=Certainty[certainty])


def test_page_of_a_gateway_in_place_of_the_token_service(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """It says nothing about the credentials."""
    page = Reply(401, b"<html><title>Company login</title></html>", {"Content-Type": "text/html"})
    asked = recorded(page).send("POST", "/oauth/token?grant_type=client_credentials")
    recognise(Facts(asked), "gateway-html", by="recorded", certainty=Certainty.LIKELY)


def test_login_page_in_place_of_the_token_service(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """What to do about it is about tokenurl, not about the runtime."""
    page = Reply(200, b"<html>/oauth/authorize</html>", {"Content-Type": "text/html"})
    asked = recorded(page).send("POST", "/oauth/token?grant_type=client_credentials")
    recognise(Facts(asked), "token-answer-without-token", by="recorded")


def test_missing_grant_in_other_words(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """The words of two versions differ."""
    body = b'{"error":"invalid_request","error_description":"Missing grant_type."}'
    recognise(
        Facts(recorded(Reply(400, body, JSON)).send("POST", "/oauth/token")),
        "missing-grant-type",
        by="recorded",
    )
