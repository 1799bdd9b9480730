"""The token request on the wire, what its answer means, and what a token says of itself."""

from __future__ import annotations

import base64
import contextlib
import json
import pickle
import time
from dataclasses import replace
from email.utils import formatdate
from typing import Literal
from urllib.parse import parse_qs, unquote

import jwt as pyjwt
import pytest

from pytest_iflow.errors import CallError, TokenError
from pytest_iflow.oauth.token import Token, basic, read_claims, request_token
from pytest_iflow.run import Run
from pytest_iflow.secrets.registry import mask
from tests.loopback_authority import Authority
from tests.loopback_server import LOOPBACK, LoopbackServer, Received, Reply, Serve
from tests.loopback_tenant import CLIENT_ID, SECRET, LoopbackTenant, TokenService, token_reply

SCOPES = ("uaa.resource", "it-rt-x!b117912.ESBMessaging.send")


def token(value: str = "opaque", lifetime: float = 3600.0) -> Token:
    """Return a token that was obtained a moment ago."""
    now = time.time()
    return Token(value, "sb-1", "https://token.invalid/oauth/token", SCOPES, now, now + lifetime)


def test_a_token_counts_down() -> None:
    """The time left shrinks, and is negative after the end."""
    for lifetime in (3600.0, -5.0):
        left = token(lifetime=lifetime).seconds_left
        assert left is not None
        assert lifetime - 10 < left <= lifetime
    assert replace(token(), expires_at=None).seconds_left is None


@pytest.mark.parametrize(
    ("scope", "granted"),
    [
        ("ESBMessaging.send", True),
        ("it-rt-x!b117912.ESBMessaging.send", True),
        ("uaa.resource", True),
        ("send", True),
        ("Messaging.send", False),
        ("ESBMessaging.sen", False),
        ("esbmessaging.send", False),
        ("", False),
    ],
)
def test_a_scope_is_named_in_full_or_by_its_end(scope: str, granted: bool) -> None:
    """Whole parts between dots count, and upper and lower case differ."""
    assert token().grants(scope) is granted


def test_claims_of_a_real_token(local_run: Run) -> None:
    """The claims of wire-facts 3.2 are read, and the token stays fit for workers."""
    real = local_run.tokens.token("default")
    assert real.claims["cid"] == real.client_id
    assert real.claims["iss"] == real.token_url
    assert tuple(real.claims["scope"]) == real.scopes
    assert real.claims["exp"] - real.claims["iat"] == 3600
    assert pickle.loads(pickle.dumps(real)) == real  # noqa: S301, packed here


def test_claims_are_read_from_expired_and_foreign_tokens() -> None:
    """Who may trust the token is not for this side to say."""
    old = pyjwt.encode({"exp": 1, "aud": "somebody", "nbf": 9e9, "iss": "x"}, "k" * 32, algorithm="HS256")
    assert token(old).claims["exp"] == 1


@pytest.mark.parametrize(
    "value", ["", "opaque", "a.b.c", "eyJhbGciOiJSUzI1NiJ9", "ü.ü.ü", "..", "W10.W10.W10"]
)
def test_an_opaque_token_has_no_claims(value: str) -> None:
    """The error says what to compare, and does not show the token."""
    with pytest.raises(TokenError, match="the token is not a JWT") as caught:
        read_claims(value)
    assert "tokenurl" in str(caught.value.remedy)


def test_a_payload_that_is_no_object_is_no_jwt() -> None:
    """A list is signed as well as an object, but makes no claims."""
    with pytest.raises(TokenError, match="not a JWT"):
        read_claims("eyJhbGciOiJIUzI1NiJ9.WzFd.c2ln")


def test_representation_shows_no_token() -> None:
    """Neither ``repr`` nor ``str`` holds the value."""
    assert "very-secret" not in f"{token('very-secret')!r}{token('very-secret')}"


FORM = "application/x-www-form-urlencoded"


def credentials(received: Received) -> tuple[str, str]:
    """Read a request as the token service does: Basic header, decoded again if it says so."""
    scheme, _, encoded = received.headers["authorization"].partition(" ")
    assert scheme == "Basic"
    client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    if received.headers["x-cf-encoded-credentials"] == "true":
        return unquote(client_id), unquote(secret)
    return client_id, secret


def ask(tenant: LoopbackTenant, reply: Reply, serve: Serve) -> Run:
    """Return a run whose token service always answers with ``reply``."""
    tenant.client(host=serve(lambda _: reply).url)
    return tenant.run()


def test_the_default_request(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """POST with the grant type in the query, Basic header and an empty body (wire-facts 3.1)."""
    server = serve(TokenService())
    loopback_tenant.client(host=server.url, clientid=CLIENT_ID, clientsecret="uuid$base64-_=")
    loopback_tenant.run().tokens.token("default")
    (received,) = server.received
    assert (received.method, received.target) == ("POST", "/oauth/token?grant_type=client_credentials")
    assert (received.body, received.headers["content-length"]) == (b"", "0")
    assert received.headers["accept"] == "application/json"
    assert received.headers["x-cf-encoded-credentials"] is None
    assert credentials(received) == (CLIENT_ID, "uuid$base64-_=")


@pytest.mark.parametrize("secret", [SECRET, "a+b", "a b", "a%2Bb", "a:b:c", "äöü€", "!|$=&?#/\\\"'"])
@pytest.mark.parametrize("auth", ["basic", "post"])
def test_every_character_of_a_secret_arrives(
    serve: Serve, loopback_tenant: LoopbackTenant, secret: str, auth: Literal["basic", "post"]
) -> None:
    """Client id and secret are encoded as header and form demand."""
    server = serve(TokenService())
    loopback_tenant.client(host=server.url, clientid=CLIENT_ID, clientsecret=secret, auth=auth)
    loopback_tenant.run().tokens.token("default")
    (received,) = server.received
    if auth == "basic":
        assert credentials(received) == (CLIENT_ID, secret)
        return
    assert received.target == "/oauth/token"
    assert received.headers["authorization"] is None
    assert received.headers["content-type"] == FORM
    assert parse_qs(received.body.decode("ascii"), strict_parsing=True) == {
        "grant_type": ["client_credentials"],
        "client_id": [CLIENT_ID],
        "client_secret": [secret],
    }


def test_a_plus_in_a_basic_secret_is_announced(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """The token service would take a bare plus for a blank (wire-facts 3.1)."""
    server = serve(TokenService())
    loopback_tenant.client(host=server.url, clientid=CLIENT_ID, clientsecret="one+two$three=")
    loopback_tenant.run().tokens.token("default")
    (received,) = server.received
    assert received.headers["x-cf-encoded-credentials"] == "true"
    encoded = received.headers["authorization"].removeprefix("Basic ")
    assert b"+" not in base64.b64decode(encoded)
    assert encoded not in mask(f"header {encoded}")


def test_a_certificate_authenticates_by_mutual_tls(
    authority: Authority, loopback_tenant: LoopbackTenant
) -> None:
    """The certificate is shown, client_id stands in the body, and no header takes its place."""
    certificate = authority.certificate("certificate-client")
    tls = authority.server_context(LOOPBACK, demand_client_certificate=True)
    with contextlib.closing(LoopbackServer(TokenService(), tls)) as server:
        loopback_tenant.client(
            host=server.url,
            clientid=CLIENT_ID,
            clientsecret="",
            certificate=certificate.chain,
            key=certificate.private_key,
        )
        run = loopback_tenant.run()
        assert run.credentials.service_key("default").kind == "certificate"
        assert run.tokens.token("default").value == "token-number-1"
        (received,) = server.received
        run.close()
    assert received.client_certificate is not None
    assert received.client_certificate["subject"][-1] == (("commonName", "certificate-client"),)
    assert received.target == "/oauth/token"
    assert received.headers["authorization"] is None
    assert parse_qs(received.body.decode("ascii")) == {
        "grant_type": ["client_credentials"],
        "client_id": [CLIENT_ID],
    }


@pytest.mark.parametrize("auth", ["basic", "post"])
def test_the_local_tenant_grants_both_ways(local_run: Run, auth: Literal["basic", "post"]) -> None:
    """A real token comes back, whichever way the tenant file says."""
    key = local_run.credentials.service_key("default")
    connection = local_run.connections.token_service("default")
    token = request_token(connection, key, auth=auth, client="default").granted()
    assert token.client_id == key.client_id
    assert token.grants("ESBMessaging.send")
    assert token.seconds_left is not None
    assert 3500 < token.seconds_left <= 3600


def test_a_token_is_masked_from_the_moment_it_is_there(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """An opaque token has no shape that gives it away: it is registered."""
    run = ask(loopback_tenant, token_reply("an-opaque-token-0815"), serve)
    token = run.tokens.token("default")
    assert token.value == "an-opaque-token-0815"
    assert mask("Bearer an-opaque-token-0815") == "Bearer ***"


def test_no_secret_in_any_representation(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """Token, service key and their errors show neither token nor secret."""
    run = ask(loopback_tenant, token_reply("an-opaque-token-4711"), serve)
    token = run.tokens.token("default")
    shown = f"{token!r} {token} {run.credentials.service_key('default')!r} {run.environment!r}"
    assert "an-opaque-token-4711" not in shown
    assert SECRET not in shown
    assert token.client_id in shown


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(200, b"<html>Log on</html>", {"Content-Type": "text/html"}), "text/html"),
        (Reply(200, b"", {"Content-Type": "application/json"}), "application/json"),
        (Reply(200, b"", {}), "no content type"),
        (Reply(200, b"not json", {"Content-Type": "text/plain"}), "text/plain"),
        (Reply(200, b"\xff\xfe\x00", {}), "no content type"),
        (Reply(200, b"[" * 200_000, {}), "no content type"),
        (Reply(200, b'["access_token"]', {}), "no content type"),
        (Reply(200, b'{"access_token": ""}', {}), "no content type"),
        (Reply(200, b'{"access_token": 7}', {}), "no content type"),
        (Reply(200, b'{"token": "x"}', {}), "no content type"),
    ],
)
def test_a_success_without_token_is_an_error(
    serve: Serve, loopback_tenant: LoopbackTenant, reply: Reply, says: str
) -> None:
    """A login page or a proxy may answer 200; the error says what came instead of a token."""
    run = ask(loopback_tenant, reply, serve)
    with pytest.raises(TokenError, match="gave no access_token") as caught:
        run.tokens.token("default")
    assert f"({says})" in caught.value.what
    assert str(caught.value.where).startswith("client default, POST https://127.0.0.1:")
    assert "?" not in str(caught.value.where)
    assert "tokenurl" in str(caught.value.remedy)


@pytest.mark.parametrize(
    ("status", "body", "says", "remedy"),
    [
        (
            401,
            b'{"error":"unauthorized","error_description":"Bad credentials"}',
            "401: Bad cred",
            "clientsecret",
        ),
        (401, b'{"error":"invalid_client"}', "401: invalid_client", "clientsecret"),
        (
            400,
            b'{"error":"invalid_request","error_description":"Missing grant type"}',
            "400: Miss",
            "grant_type",
        ),
        (404, b"404 Not Found: Requested route does not exist.\n", "404: Not Found", "tokenurl"),
        (429, b"", "429: Too Many Requests", "60 tokens a second"),
        (503, b"<html>maintenance</html>", "503: Service Unavailable", "try again"),
        (302, b"", "302: Found", "try again"),
        (204, b"", "204: No Content", "try again"),
        (401, b'["unauthorized"]', "401: Unauthorized", "clientsecret"),
    ],
)
@pytest.mark.usefixtures("hurried")
def test_a_refusal_is_told_in_the_words_of_the_service(
    serve: Serve, loopback_tenant: LoopbackTenant, status: int, body: bytes, says: str, remedy: str
) -> None:
    """Status, description and the next step; the exchange stays as evidence (wire-facts 3.5)."""
    run = ask(loopback_tenant, Reply(status, body), serve)
    answer = run.tokens.ask("default")
    assert (answer.token, answer.exchange.response.status) == (None, status)
    with pytest.raises(TokenError) as caught:
        answer.granted()
    assert says in caught.value.what
    assert remedy in str(caught.value.remedy)
    assert SECRET not in str(caught.value)


def test_the_local_tenant_refuses_a_wrong_secret(local_run: Run) -> None:
    """A real refusal, with the secret of the attempt masked."""
    answer = local_run.tokens.ask("default", secret="wrong-secret$1=")
    assert answer.exchange.response.status == 401
    with pytest.raises(TokenError, match="Bad credentials"):
        answer.granted()
    assert mask("wrong-secret$1=") == "***"


def test_a_redirect_of_the_token_service_is_not_followed(
    serve: Serve, loopback_tenant: LoopbackTenant
) -> None:
    """The secret does not travel to where a redirect leads."""
    other = serve(TokenService())
    run = ask(loopback_tenant, Reply(307, headers={"Location": f"{other.url}/oauth/token"}), serve)
    with pytest.raises(TokenError, match="status 307"):
        run.tokens.token("default")
    assert other.received == []


@pytest.mark.usefixtures("hurried")
def test_half_a_token_is_a_call_error(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """A token service that breaks off gave none."""
    run = ask(loopback_tenant, Reply(raw=b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"access_tok'), serve)
    with pytest.raises(CallError, match="broke the connection"):
        run.tokens.token("default")


@pytest.mark.parametrize(
    ("said", "scopes"),
    [
        (
            {"scope": "uaa.resource it-rt-x!b1.ESBMessaging.send"},
            ("uaa.resource", "it-rt-x!b1.ESBMessaging.send"),
        ),
        ({"scope": ""}, ()),
        ({"scope": None}, ()),
        ({"scope": ["uaa.resource"]}, ("uaa.resource",)),
        ({}, ()),
    ],
)
def test_the_scopes_are_those_of_the_answer(
    serve: Serve, loopback_tenant: LoopbackTenant, said: dict[str, object], scopes: tuple[str, ...]
) -> None:
    """Words of one text; anything else grants nothing."""
    run = ask(loopback_tenant, token_reply("some-token-value", more=said), serve)
    assert run.tokens.token("default").scopes == scopes


def unsigned_jwt(**claims: object) -> str:
    """Return a JWT with these claims; nobody verifies it."""
    parts = (
        base64.urlsafe_b64encode(json.dumps(each).encode()).decode() for each in ({"alg": "RS256"}, claims)
    )
    return f"{'.'.join(parts).replace('=', '')}.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("told", "claims", "left"),
    [
        ({"expires_in": 3599}, {}, 3599),
        ({"expires_in": "3599"}, {}, 3599),
        ({"expires_in": 3599.5}, {"exp": 0}, 3599.5),
        ({}, {"iat": 0, "exp": 1200}, 1200),
        ({"expires_in": None}, {"exp": 1200}, 1200),
        ({"expires_in": -5}, {"iat": -100, "exp": 1200}, 1200),
        ({"expires_in": 0}, {"iat": 0, "exp": "soon"}, None),
        ({"expires_in": float("nan")}, {"exp": 1200}, 1200),
        ({"expires_in": 1e308}, {"exp": 1200}, 1200),
        ({"expires_in": 10**400}, {"exp": 10**400}, None),
        ({"expires_in": True}, {"exp": True}, None),
        ({"expires_in": "an hour"}, {"exp": None}, None),
        ({"expires_in": []}, {"exp": -300, "iat": -900}, 600),
        ({"expires_in": {}}, {"exp": -900, "iat": -300}, None),
    ],
)
def test_how_long_a_token_is_valid(
    serve: Serve,
    loopback_tenant: LoopbackTenant,
    told: dict[str, object],
    claims: dict[str, object],
    left: float | None,
) -> None:
    """The answer says it, else the token (its times are from now on here); the absurd says nothing."""
    now = round(time.time())
    moments = {
        name: now + value if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in claims.items()
    }
    body = json.dumps({"access_token": unsigned_jwt(**moments), **told}).encode()
    server = serve(lambda _: Reply(200, body))
    loopback_tenant.client(host=server.url)
    tokens = loopback_tenant.run().tokens
    token = tokens.token("default")
    assert token.seconds_left == (None if left is None else pytest.approx(left, abs=5))
    assert tokens.token("default") is token
    assert len(server.received) == 1


def test_the_clock_of_the_service_counts(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """A token of twenty minutes is one, though its clock is an hour behind ours."""
    then = time.time() - 3600
    body = json.dumps({"access_token": unsigned_jwt(exp=then + 1200)}).encode()
    head = f"HTTP/1.1 200 OK\r\nDate: {formatdate(then, usegmt=True)}\r\nContent-Length: {len(body)}\r\n\r\n"
    loopback_tenant.client(host=serve(lambda _: Reply(raw=head.encode() + body)).url)
    assert loopback_tenant.run().tokens.token("default").seconds_left == pytest.approx(1200, abs=5)


def test_an_opaque_token_without_an_end_is_used_until_it_is_refused(
    serve: Serve, loopback_tenant: LoopbackTenant
) -> None:
    """It is asked for once, not by each scenario."""
    server = serve(lambda _: Reply(200, b'{"access_token": "a-token-value"}'))
    loopback_tenant.client(host=server.url)
    tokens = loopback_tenant.run().tokens
    token = tokens.token("default")
    assert (token.expires_at, token.seconds_left, token.scopes) == (None, None, ())
    assert tokens.token("default") is token
    assert len(server.received) == 1


@pytest.mark.parametrize("payload", [b"[" * 100_000, b'{"exp": ' + b"9" * 5000 + b"}", b"[1]", b"\xff"])
def test_a_token_that_cannot_be_read_says_nothing(
    serve: Serve, loopback_tenant: LoopbackTenant, payload: bytes
) -> None:
    """It is used as it is."""
    token = unsigned_jwt().split(".")
    token[1] = base64.urlsafe_b64encode(payload).decode().strip("=")
    body = json.dumps({"access_token": ".".join(token)}).encode()
    loopback_tenant.client(host=serve(lambda _: Reply(200, body)).url)
    assert loopback_tenant.run().tokens.token("default").seconds_left is None


@pytest.mark.parametrize("claim", ["a.send b.read", ["a.send", "b.read", 7]])
def test_scopes_that_the_answer_leaves_out_are_those_of_the_token(
    serve: Serve, loopback_tenant: LoopbackTenant, claim: object
) -> None:
    """Words of one text, or a list."""
    body = json.dumps({"access_token": unsigned_jwt(scope=claim), "expires_in": 60}).encode()
    loopback_tenant.client(host=serve(lambda _: Reply(200, body)).url)
    assert loopback_tenant.run().tokens.token("default").scopes == ("a.send", "b.read")


def test_basic_encodes_any_character() -> None:
    """The value of RFC 7617, in UTF-8."""
    assert basic("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert base64.b64decode(basic("ü", "€:").split()[1]).decode() == "ü:€:"
