"""With what a call authenticates, and what becomes of a token that the runtime refuses."""

from __future__ import annotations

import base64

import pytest

from pytest_iflow.errors import ConfigurationError, MissingCredentialError, TokenError
from pytest_iflow.oauth.token import Token
from pytest_iflow.run import Run
from pytest_iflow.runtime.caller import IflowCaller
from pytest_iflow.tenants.model import Client
from tests.loopback_server import LoopbackServer, Received, Reply
from tests.loopback_tenant import CLIENT_ID, SECRET, LoopbackTenant, caller_of, calls_of_iflows

UNAUTHORIZED = Reply(401, b"", {"WWW-Authenticate": 'Bearer error="invalid_token"'})


def authorizations(server: LoopbackServer) -> list[str]:
    """Return the tokens that the runtime received."""
    return [received.headers["authorization"] for received in calls_of_iflows(server)]


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
def test_a_feature_may_bring_its_own_authorization(
    server: LoopbackServer, caller: IflowCaller, name: str
) -> None:
    """Then no token is asked for."""
    caller.call("/x", headers={name: "Bearer mine"})
    assert [received.headers.get_all("authorization") for received in server.received] == [["Bearer mine"]]


def test_basic_credentials_go_to_the_runtime(server: LoopbackServer, loopback_tenant: LoopbackTenant) -> None:
    """``runtime-auth = "basic"`` sends clientid and clientsecret, and asks for no token."""
    loopback_tenant.client(host=server.url, clientid=CLIENT_ID, runtime_auth="basic")
    caller_of(loopback_tenant.run()).call("/x")
    (received,) = server.received
    scheme, _, encoded = received.headers["authorization"].partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(encoded).decode() == f"{CLIENT_ID}:{SECRET}"


def test_the_local_tenant_takes_basic_credentials(local_run: Run, loopback_tenant: LoopbackTenant) -> None:
    """A real runtime lets the client in by its secret."""
    key = local_run.credentials.service_key("default")
    loopback_tenant.client(
        host=key.url,
        clientid=key.client_id,
        clientsecret=key.client_secret,
        tokenurl=key.token_url,
        runtime_auth="basic",
    )
    loopback_tenant.environ = {"REQUESTS_CA_BUNDLE": str(local_run.credentials.ca_bundle())}
    assert caller_of(loopback_tenant.run()).call("/echo").response.status == 200


def test_basic_needs_a_secret(authority_client: LoopbackTenant) -> None:
    """A certificate cannot be sent as Basic credentials."""
    with pytest.raises(ConfigurationError, match="has a certificate") as caught:
        caller_of(authority_client.run()).call("/x")
    assert caught.value.where == "tenant loopback/dev"
    assert "runtime-auth" in str(caught.value.remedy)


@pytest.fixture
def authority_client(loopback_tenant: LoopbackTenant) -> LoopbackTenant:
    """A tenant whose only client has a certificate but wants Basic."""
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    loopback_tenant.client(
        host="https://tenant.invalid", clientsecret="", certificate=pem, key=pem, runtime_auth="basic"
    )
    return loopback_tenant


def test_an_unknown_client_is_a_configuration_error(server: LoopbackServer, caller: IflowCaller) -> None:
    """Nothing is sent for a client that is not there."""
    with pytest.raises(ConfigurationError, match='no client "nobody"'):
        caller.call("/x", client="nobody")
    assert server.received == []


def test_a_client_without_key_is_a_configuration_error(
    server: LoopbackServer, loopback_tenant: LoopbackTenant
) -> None:
    """The error says how to get a key."""
    loopback_tenant.clients["keyless"] = Client("keyless", "file:none.json")
    with pytest.raises(MissingCredentialError, match='"keyless"'):
        caller_of(loopback_tenant.run()).call("/x", client="keyless")
    assert server.received == []


def test_a_token_at_hand_is_used(server: LoopbackServer, caller: IflowCaller) -> None:
    """No other is asked for."""
    token = Token("token-at-hand", "sb-1", f"{server.url}/oauth/token", (), 0.0, 9e9)
    caller.call("/x", token=token)
    assert [received.headers["authorization"] for received in server.received] == ["Bearer token-at-hand"]


def test_a_refused_token_request_is_no_call(server: LoopbackServer, caller: IflowCaller) -> None:
    """Without a token the runtime is not called."""
    server.answer = lambda _: Reply(401, b'{"error_description":"Bad credentials"}')
    with pytest.raises(TokenError, match="Bad credentials"):
        caller.call("/x")
    assert calls_of_iflows(server) == []


def accepting(server: LoopbackServer, *tokens: str) -> None:
    """Make the runtime of ``server`` accept these tokens only."""
    known = {f"Bearer {token}" for token in tokens}
    grant = server.answer

    def answer(received: Received) -> Reply:
        if received.target.startswith("/oauth") or received.headers["authorization"] in known:
            return grant(received)
        return UNAUTHORIZED

    server.answer = answer


def test_a_token_that_ended_early_is_replaced_once(server: LoopbackServer, caller: IflowCaller) -> None:
    """It was good before: the call is sent again with a new one, the same body."""
    caller.call("/x")
    accepting(server, "token-number-2")
    assert caller.call("/x", body=b"message").response.status == 200
    assert authorizations(server) == [f"Bearer token-number-{number}" for number in (1, 1, 2)]
    assert [received.body for received in calls_of_iflows(server)] == [b"", b"message", b"message"]


def test_a_replaced_token_may_end_early_again(server: LoopbackServer, caller: IflowCaller) -> None:
    """The new token was accepted too, if only by the call that was sent again."""
    caller.call("/x")
    service = server.answer
    for number in (2, 3):
        server.answer = service
        accepting(server, f"token-number-{number}")
        assert caller.call("/x").response.status == 200
    assert authorizations(server) == [f"Bearer token-number-{number}" for number in (1, 1, 2, 2, 3)]


def test_a_fresh_token_that_is_refused_is_replaced_once(server: LoopbackServer, caller: IflowCaller) -> None:
    """Twenty calls and refusals cost one further token request: more would bring the same."""
    accepting(server)
    assert {caller.call("/x").response.status for _ in range(20)} == {401}
    assert len(calls_of_iflows(server)) == 21
    assert len(server.received) == 23


def test_a_token_that_is_refused_within_a_minute_is_replaced(
    server: LoopbackServer, caller: IflowCaller
) -> None:
    """The first call of a run meets a token that was withdrawn at once: the call is sent with a new one."""
    accepting(server, "token-number-2")
    assert [caller.call("/x").response.status for _ in range(3)] == [200] * 3
    assert authorizations(server) == [f"Bearer token-number-{number}" for number in (1, 2, 2, 2)]


def test_there_is_no_second_renewal(server: LoopbackServer, caller: IflowCaller) -> None:
    """After one new token that is refused as well, further calls ask for none."""
    caller.call("/x")
    accepting(server)
    assert [caller.call("/x").response.status for _ in range(10)] == [401] * 10
    assert len(server.received) - len(calls_of_iflows(server)) == 2
    assert len(calls_of_iflows(server)) == 12


def test_an_iflow_that_answers_401_itself_is_called_once(server: LoopbackServer, caller: IflowCaller) -> None:
    """Its message was processed, as the id says: neither is it sent again nor the token renewed."""
    caller.call("/x")
    service = server.answer
    own = Reply(401, b"{}", {"SAP_MessageProcessingLogID": "AGMDlHCX0eur2oFSGr_ozC9Um7BV"})
    server.answer = lambda received: own if "refusing" in received.target else service(received)
    for _ in range(3):
        assert caller.call("/refusing").response.status == 401
        assert caller.call("/x").response.status == 200
    assert len(calls_of_iflows(server)) == 7
    assert len(server.received) == 8


def test_a_call_with_exactly_this_authorization(local_run: Run) -> None:
    """None at all, a text, a token of another plan: the real runtime refuses each, and nothing is renewed."""
    caller = caller_of(local_run)
    assert caller.call_with(None, "/echo").response.status == 401
    refused = caller.call_with("Bearer invalid_token", "/echo")
    assert refused.response.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    foreign = caller.call_with(local_run.tokens.token("monitoring"), "/echo", body=b"x")
    assert foreign.response.status == 401
    assert caller.call_with(local_run.tokens.token("second"), "/echo").response.status == 200


def test_a_call_with_authorization_replaces_the_header(server: LoopbackServer, caller: IflowCaller) -> None:
    """The header of the scenario gives way to the token of the step, in whatever case."""
    caller.call_with("Bearer of-the-step", "/x", headers={"authorization": "Bearer of-the-scenario"})
    assert server.received[0].headers.get_all("authorization") == ["Bearer of-the-step"]
