"""The token source: one request per client, renewal in time, and no request too many."""

from __future__ import annotations

import pickle
import time
import traceback
from dataclasses import replace

import pytest

from pytest_iflow.errors import CallError, ConfigurationError, MissingCredentialError, TokenError
from pytest_iflow.oauth.source import TokenSource
from pytest_iflow.places import Places, RunCutShort
from pytest_iflow.run import Run
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.model import Client
from tests.loopback_server import LoopbackServer, Received, Reply, Serve
from tests.loopback_tenant import LoopbackTenant, TokenService, token_reply
from tests.side_by_side import SideBySide, side_by_side

REFUSED = Reply(401, b'{"error":"invalid_client","error_description":"Bad credentials"}')


@pytest.fixture
def server(serve: Serve, loopback_tenant: LoopbackTenant) -> LoopbackServer:
    """A token service, and the host of the clients ``default`` and ``second``."""
    server = serve(TokenService())
    loopback_tenant.client("default", host=server.url)
    loopback_tenant.client("second", host=server.url)
    return server


@pytest.fixture
def tokens(server: LoopbackServer, loopback_tenant: LoopbackTenant) -> TokenSource:
    """The tokens of a run against that server."""
    assert server.received == []
    return loopback_tenant.run().tokens


def wait_until(moment: float) -> None:
    """Wait for a moment of this machine's clock."""
    while (left := moment - time.time()) > 0:
        time.sleep(left)


def test_a_client_asks_once(server: LoopbackServer, tokens: TokenSource) -> None:
    """Many scenarios, one request."""
    assert {tokens.token("default").value for _ in range(50)} == {"token-number-1"}
    assert tokens.answer("default") is tokens.answer("default")
    assert len(server.received) == 1


def test_threads_that_need_a_token_at_once_share_a_request(
    serve: Serve, loopback_tenant: LoopbackTenant
) -> None:
    """Also where the runtime refused the token that all of them had."""
    service = TokenService()
    server = serve(lambda received: replace(service(received), pause=0.3))
    loopback_tenant.client("default", host=server.url)
    tokens = loopback_tenant.run().tokens
    first = side_by_side(tokens.token, ["default"] * 32)
    assert {token.value for token in first} == {"token-number-1"}
    again = side_by_side(lambda token: tokens.replace_refused("default", token), first)
    assert {token.value for token in again if token} == {"token-number-2"}
    assert len(server.received) == 2


@pytest.mark.parametrize("reply", [Reply(raw=b"", pause=0.3), replace(REFUSED, pause=0.3)])
def test_threads_that_get_no_token_have_errors_of_their_own(
    server: LoopbackServer, tokens: TokenSource, monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    """Of one request; what is noted on the error of one scenario is not on that of another."""
    monkeypatch.setattr("pytest_iflow.oauth.source.WAITS_IN_ALL", 0.0)
    server.answer = lambda _: reply
    threads = SideBySide(tokens.token, ["default"] * 32, Places(32))
    errors = {id(error): error for error in threads.results() if isinstance(error, CallError | TokenError)}
    assert len(errors) == 32
    assert len(server.received) == 1
    first, *others = errors.values()
    first.add_note("of this scenario")
    assert not any(hasattr(error, "__notes__") for error in others)
    assert {(error.what, error.where, error.remedy) for error in others} == {
        (first.what, first.where, first.remedy)
    }


def test_who_waits_for_the_token_of_another_thread_ends_with_the_run(
    server: LoopbackServer, tokens: TokenSource
) -> None:
    """Within a moment, though the request goes on."""
    server.answer = lambda _: Reply(pause=30)
    threads = SideBySide(tokens.token, ["default"] * 16, Places(32))
    while not server.received:
        time.sleep(0.01)
    began = time.monotonic()
    threads.places.end()
    ended = [each for each in threads.results_so_far(15, within=10) if isinstance(each, RunCutShort)]
    assert len(ended) == 15
    assert time.monotonic() - began < 10.0


def test_clients_of_one_token_url_have_their_own_tokens(server: LoopbackServer, tokens: TokenSource) -> None:
    """One URL serves all clients of a subaccount."""
    first, second = tokens.token("default"), tokens.token("second")
    assert (first.client_id, second.client_id) == (
        "sb-default!b1|it-rt-test!b117912",
        "sb-second!b1|it-rt-test!b117912",
    )
    assert (first.value, second.value) == ("token-number-1", "token-number-2")
    assert tokens.token("default") is first
    assert len(server.received) == 2


def test_names_of_one_client_share_its_token(server: LoopbackServer, loopback_tenant: LoopbackTenant) -> None:
    """Two names for the same key are one client, but not if they authenticate in another way."""
    key = loopback_tenant.clients["default"].service_key
    loopback_tenant.clients["alias"] = Client("alias", key)
    loopback_tenant.clients["form"] = Client("form", key, auth="post")
    tokens = loopback_tenant.run().tokens
    assert tokens.token("alias") is tokens.token("default")
    assert tokens.token("form") is not tokens.token("default")
    assert len(server.received) == 2


def test_the_local_tenant_is_asked_once_per_client(local_run: Run) -> None:
    """Real tokens: same client, same token; another client, another one."""
    tokens = local_run.tokens
    assert tokens.token("default") is tokens.token("default")
    assert tokens.token("second").client_id != tokens.token("default").client_id
    left = tokens.token("monitoring").seconds_left
    assert left is not None
    assert left > 3600


def test_keys_of_one_instance_have_tokens_of_their_own(local_run: Run) -> None:
    """Same clientid, other secret: a key that was deleted neither borrows a token nor spoils the others'."""
    tokens = local_run.tokens
    key, other = (local_run.credentials.service_key(name) for name in ("default", "second-key"))
    assert (key.client_id, key.token_url) == (other.client_id, other.token_url)
    assert tokens.answer("revoked-key").exchange.response.status == 401
    assert tokens.token("default").value != tokens.token("second-key").value
    with pytest.raises(TokenError, match="status 401"):
        tokens.token("revoked-key")


def test_a_short_token_is_renewed_before_it_ends(server: LoopbackServer, tokens: TokenSource) -> None:
    """A token of two seconds is kept for most of them, and never given when it is over."""
    server.answer = TokenService(lifetime=2)
    first = tokens.token("default")
    assert tokens.token("default") is first
    assert first.expires_at is not None
    wait_until(first.expires_at - 0.15)
    second = tokens.token("default")
    assert second.value == "token-number-2"
    assert second.seconds_left is not None
    assert second.seconds_left > 1
    assert len(server.received) == 2


def test_a_long_token_is_renewed_a_minute_before_it_ends(
    server: LoopbackServer, loopback_tenant: LoopbackTenant
) -> None:
    """A token of an hour, adopted with less than a minute left, is not used any more."""
    controller, worker = loopback_tenant.run().tokens, loopback_tenant.run().tokens
    fresh = controller.answer("default")
    now = time.time()
    nearly_over = replace(fresh.granted(), obtained_at=now - 3541, expires_at=now + 59)
    worker.adopt(pickle.dumps({controller._key("default"): replace(fresh, token=nearly_over)}))
    assert worker.token("default").value == "token-number-2"
    assert len(server.received) == 2


def test_a_refusal_stands_for_a_while(server: LoopbackServer, tokens: TokenSource) -> None:
    """Three hundred scenarios make one request and get one reason."""
    server.answer = lambda _: REFUSED
    for _ in range(300):
        with pytest.raises(TokenError, match="Bad credentials"):
            tokens.token("default")
    assert tokens.answer("default").exchange.response.status == 401
    assert len(server.received) == 1


@pytest.mark.usefixtures("hurried")
def test_a_refusal_after_a_token_is_asked_about_again(server: LoopbackServer, tokens: TokenSource) -> None:
    """The credentials were good a moment ago; a secret that a step gives is refused at once."""
    service, first = server.answer, tokens.token("default")
    left = iter([REFUSED] * 2)
    server.answer = lambda received: next(left, None) or service(received)
    assert tokens.renew("default").granted().value != first.value
    assert len(server.received) == 4
    server.answer = lambda _: REFUSED
    assert tokens.ask("default", secret="another-secret-of-the-test").token is None
    assert len(server.received) == 5


TROUBLES = {
    "503": Reply(503, b"busy"),
    "503 with Retry-After": Reply(503, b"busy", {"Retry-After": "0"}),
    "429 with a date": Reply(429, b"", {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}),
    "502": Reply(502, b"<html></html>"),
    "504": Reply(504),
    "broken": Reply(raw=b""),
    "truncated": Reply(raw=b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"access_'),
}
"""Answers of a token service that may be another one the next time."""


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_a_passing_trouble_is_waited_through(
    server: LoopbackServer, loopback_tenant: LoopbackTenant, trouble: Reply
) -> None:
    """One bad answer breaks no scenario; each repetition is told, also of the request that a step makes."""
    service, run = server.answer, loopback_tenant.run()
    notes: list[tuple[str, str]] = []
    run.note_takers.append(lambda note: notes.append((note.title, note.text)))
    for ask in (run.tokens.token, run.tokens.ask):
        left = iter([trouble] * 2)
        server.answer = lambda received, left=left: next(left, None) or service(received)  # type: ignore[misc]
        assert ask("default")
    assert [title for title, _ in notes] == ["asked again"] * 4
    assert all("asked again after" in text for _, text in notes)
    assert len(server.received) == 6


@pytest.mark.usefixtures("hurried")
def test_a_lasting_trouble_is_final_for_none_of_the_next_scenarios(
    server: LoopbackServer, tokens: TokenSource
) -> None:
    """Whoever needs the token next asks again, and gets it as soon as there is one."""
    service = server.answer
    server.answer = lambda _: Reply(503, b"busy")
    with pytest.raises(TokenError, match="503"):
        tokens.token("default")
    assert len(server.received) == 5
    server.answer = service
    assert tokens.token("default").value == "token-number-1"


def test_a_run_does_not_wait_for_ever_for_a_token_service(
    server: LoopbackServer, tokens: TokenSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the time for it is spent, the failure stands, and is looked at once in a while."""
    monkeypatch.setattr("pytest_iflow.transport.repetition.FIRST_WAIT", 0.01)
    monkeypatch.setattr("pytest_iflow.oauth.source.WAITS_IN_ALL", 0.1)
    server.answer = lambda _: Reply(503, b"busy")
    for _ in range(50):
        with pytest.raises(TokenError, match="503"):
            tokens.token("default")
    asked = len(server.received)
    assert 5 <= asked <= 10
    monkeypatch.setattr("pytest_iflow.oauth.source.FAILURE_HOLDS", 0.0)
    with pytest.raises(TokenError, match="503"):
        tokens.token("default")
    assert len(server.received) == asked + 1


def test_no_answer_stands_for_a_while(
    server: LoopbackServer, tokens: TokenSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that breaks off is not asked again when nobody waits for it; its failure does not grow."""
    monkeypatch.setattr("pytest_iflow.oauth.source.WAITS_IN_ALL", 0.0)
    server.answer = lambda _: Reply(raw=b"")
    depths = set()
    for _ in range(20):
        with pytest.raises(CallError, match="broke the connection") as caught:
            tokens.token("default")
        depths.add(len(traceback.extract_tb(caught.value.__traceback__)))
    assert len(server.received) == 1
    assert len(depths) <= 2


def test_a_failure_is_of_one_client(server: LoopbackServer, tokens: TokenSource) -> None:
    """The other client of the same token URL is asked for all the same."""

    def answer(received: Received) -> Reply:
        first = received.headers["authorization"] == server.received[0].headers["authorization"]
        return REFUSED if first else token_reply("token-of-second")

    server.answer = answer
    with pytest.raises(TokenError):
        tokens.token("default")
    assert tokens.token("second").value == "token-of-second"


def test_a_failure_ends(server: LoopbackServer, tokens: TokenSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """When its time is over the service is asked again."""
    server.answer = lambda _: REFUSED
    with pytest.raises(TokenError):
        tokens.token("default")
    server.answer = TokenService()
    with pytest.raises(TokenError):
        tokens.token("default")
    monkeypatch.setattr("pytest_iflow.oauth.source.FAILURE_HOLDS", 0.0)
    assert tokens.token("default").value == "token-number-1"


def test_asking_anew_keeps_nothing(server: LoopbackServer, tokens: TokenSource) -> None:
    """A token request of a scenario changes neither the token of the run nor its failures."""
    held = tokens.token("default")
    assert tokens.ask("default").granted().value == "token-number-2"
    server.answer = lambda _: REFUSED
    assert tokens.ask("default", secret="another secret").token is None
    assert tokens.token("default") is held


def test_another_secret_is_sent_and_masked(server: LoopbackServer, tokens: TokenSource) -> None:
    """The secret of a step reaches the wire, in place of the one of the key."""
    tokens.ask("default", secret="another$secret=")
    tokens.ask("default")
    sent = [received.headers["authorization"] for received in server.received]
    assert sent[0] != sent[1]
    assert mask(f"{sent[0]} another$secret=").count("***") == 2


def test_a_token_that_was_accepted_is_replaced_once_it_is_refused(
    server: LoopbackServer, tokens: TokenSource
) -> None:
    """It ended early, as after a restart: a new one is asked for."""
    first = tokens.token("default")
    tokens.accept(first)
    second = tokens.replace_refused("default", first)
    assert second is not None
    assert second.value == "token-number-2"
    assert tokens.token("default") is second
    assert len(server.received) == 2


def test_a_fresh_token_that_was_never_accepted_is_replaced_once(
    server: LoopbackServer, tokens: TokenSource
) -> None:
    """When the new one is refused, too, it is for another reason than its age: no request more."""
    second = tokens.replace_refused("default", tokens.token("default"))
    assert second is not None
    assert second.value == "token-number-2"
    assert tokens.replace_refused("default", second) is None
    assert tokens.token("default") is second
    assert len(server.received) == 2


def test_an_old_token_is_replaced_even_if_it_was_never_accepted(
    server: LoopbackServer, tokens: TokenSource
) -> None:
    """Handed over by the controller long ago, it may have ended since."""
    first = tokens.token("default")
    old = replace(first, obtained_at=first.obtained_at - 61)
    replaced = tokens.replace_refused("default", old)
    assert replaced is not None
    assert replaced.value == "token-number-2"
    assert len(server.received) == 2


def test_a_token_that_was_replaced_already_costs_no_request(
    server: LoopbackServer, tokens: TokenSource
) -> None:
    """A scenario that still holds the old token gets the run's new one."""
    first = tokens.token("default")
    tokens.accept(first)
    second = tokens.replace_refused("default", first)
    assert tokens.replace_refused("default", first) is second
    assert len(server.received) == 2


def test_a_refused_token_whose_renewal_fails_says_why(server: LoopbackServer, tokens: TokenSource) -> None:
    """The key was deleted in the meantime."""
    first = tokens.token("default")
    tokens.accept(first)
    server.answer = lambda _: REFUSED
    with pytest.raises(TokenError, match="Bad credentials"):
        tokens.replace_refused("default", first)


def test_workers_take_over_what_the_controller_exported(
    server: LoopbackServer, loopback_tenant: LoopbackTenant
) -> None:
    """All clients are asked for once; the worker asks for none of them, and masks their tokens."""
    controller, worker = loopback_tenant.run().tokens, loopback_tenant.run().tokens
    server.answer = lambda _: token_reply(f"exported-token-{len(server.received)}")
    exported = controller.export()
    assert len(server.received) == 2
    worker.adopt(exported)
    assert worker.token("default") == controller.token("default")
    assert worker.token("second").value == "exported-token-2"
    assert worker.answer("default").exchange == controller.answer("default").exchange
    assert mask("exported-token-2") == "***"
    assert len(server.received) == 2


def test_real_tokens_travel_even_after_their_claims_were_read(
    local_run: Run, loopback_tenant: LoopbackTenant
) -> None:
    """What was looked at stays fit to be exported."""
    claims = local_run.tokens.token("default").claims
    worker = Run(local_run.environment, {}, loopback_tenant.folder, local_run.emulator_keys)
    worker.tokens.adopt(local_run.tokens.export())
    assert worker.tokens.token("default").claims == claims
    worker.close()


def test_exporting_leaves_out_what_fails_and_what_needs_no_token(
    server: LoopbackServer, loopback_tenant: LoopbackTenant
) -> None:
    """A client without key, with a broken key, refused, or with Basic does not stop the others."""
    loopback_tenant.client("basic", host=server.url, runtime_auth="basic")
    loopback_tenant.client("refused", host=server.url, tokenurl=f"{server.url}/refused/oauth/token")
    loopback_tenant.clients["keyless"] = Client("keyless", "file:none.json")
    loopback_tenant.clients["broken"] = Client("broken", "file:ca.pem")
    grant = TokenService()
    server.answer = lambda received: REFUSED if "refused" in received.target else grant(received)
    controller, worker = loopback_tenant.run().tokens, loopback_tenant.run().tokens
    worker.adopt(controller.export())
    assert len(server.received) == 3
    assert worker.token("default").value == "token-number-1"
    assert worker.token("second").value == "token-number-2"
    with pytest.raises(TokenError, match="Bad credentials"):
        worker.token("refused")
    with pytest.raises(MissingCredentialError):
        worker.token("keyless")
    with pytest.raises(ConfigurationError, match="not JSON"):
        worker.token("broken")


def test_an_unknown_client_is_a_configuration_error(tokens: TokenSource) -> None:
    """The names that there are help with a typing error."""
    for ask in (tokens.token, tokens.answer, tokens.renew, tokens.ask):
        with pytest.raises(ConfigurationError, match='no client "defualt"') as caught:
            ask("defualt")
        assert "default" in str(caught.value.remedy)
