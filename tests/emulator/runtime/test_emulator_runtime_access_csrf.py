"""Sessions and CSRF protection."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests
from starlette.requests import Request

from pytest_iflow.emulator.runtime.access import SESSION, cookie, new_session_id, session_id
from tests.emulator.emulator_process import TIMEOUT, Emulator


def _request(*headers: tuple[bytes, bytes]) -> Request:
    return Request({"type": "http", "headers": list(headers)})


def test_session_is_the_one_of_the_cookie() -> None:
    """Among others; without the cookie there is none."""
    assert session_id(_request((b"cookie", b"a=1; JSESSIONID=ABC; b=2"))) == "ABC"
    assert session_id(_request()) is None


def test_cookie_is_for_https_and_not_for_scripts() -> None:
    """As a servlet container sets it."""
    assert cookie(SESSION, "ABC") == ("set-cookie", "JSESSIONID=ABC; Path=/; Secure; HttpOnly")
    assert re.fullmatch(r"[0-9A-F]{32}", new_session_id())


ADDRESS = "/http/products/details/csrf"
BODY = '{"productIdentifier": "HT-1080"}'


@pytest.fixture
def session(emulator: Emulator) -> Iterator[requests.Session]:
    """A client that keeps its cookies."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(emulator.ca)
        session.headers["Authorization"] = f"Bearer {emulator.token()}"
        yield session


def _post(session: requests.Session, emulator: Emulator, token: str | None = None) -> requests.Response:
    headers = {"X-CSRF-Token": token} if token else {}
    return session.post(f"{emulator.runtime}{ADDRESS}", BODY, headers=headers, timeout=TIMEOUT)


def _fetch(session: requests.Session, emulator: Emulator, method: str = "GET") -> requests.Response:
    return session.request(
        method, f"{emulator.runtime}{ADDRESS}", headers={"X-CSRF-Token": "Fetch"}, timeout=TIMEOUT
    )


def test_post_without_a_token_is_told_that_one_is_required(
    session: requests.Session, emulator: Emulator
) -> None:
    """403, the header in lower case, the page of the container, three cookies; no message."""
    before = emulator.counters()["calls"]
    answer = _post(session, emulator)
    assert (answer.status_code, answer.headers["X-CSRF-Token"]) == (403, "required")
    assert answer.headers["content-type"] == "text/html;charset=utf-8"
    assert "<h1>HTTP Status 403 \N{EN DASH} Forbidden</h1>" in answer.content.decode()
    assert len(answer.cookies) == 3
    assert "sap_messageprocessinglogid" not in answer.headers
    assert emulator.counters()["calls"] == before


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_fetch_gives_a_token_and_stops(session: requests.Session, emulator: Emulator, method: str) -> None:
    """200, 32 characters of base64url, three cookies; the flow does not run."""
    before = emulator.counters()["calls"]
    answer = _fetch(session, emulator, method)
    assert (answer.status_code, answer.content) == (200, b"")
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", answer.headers["X-CSRF-Token"])
    assert len(answer.cookies) == 3
    assert emulator.counters()["calls"] == before


def test_post_with_token_and_cookies_runs_the_flow(session: requests.Session, emulator: Emulator) -> None:
    """Again and again: the answers leave the session alone."""
    token = _fetch(session, emulator).headers["X-CSRF-Token"]
    for _ in range(2):
        answer = _post(session, emulator, token)
        assert answer.status_code == 200
        assert "HT-1080" in answer.text


def test_token_that_follows_a_refusal_works_in_its_session(
    session: requests.Session, emulator: Emulator
) -> None:
    """A client that first tries without one keeps the cookies of the refusal."""
    assert _post(session, emulator).status_code == 403
    assert _post(session, emulator, _fetch(session, emulator).headers["X-CSRF-Token"]).status_code == 200


def test_token_without_its_cookies_is_not_enough(session: requests.Session, emulator: Emulator) -> None:
    """The session is gone, and the token with it."""
    token = _fetch(session, emulator).headers["X-CSRF-Token"]
    session.cookies.clear()
    assert _post(session, emulator, token).status_code == 403


def test_cookies_without_the_token_are_not_enough(session: requests.Session, emulator: Emulator) -> None:
    """Neither a missing nor a wrong token is accepted."""
    _fetch(session, emulator)
    assert _post(session, emulator).status_code == 403
    assert _post(session, emulator, "x" * 32).status_code == 403


def test_token_is_its_callers_own(session: requests.Session, emulator: Emulator) -> None:
    """Another client cannot use it, not even with the cookies."""
    token = _fetch(session, emulator).headers["X-CSRF-Token"]
    session.headers["Authorization"] = f"Bearer {emulator.token('integration-flow-second')}"
    assert _post(session, emulator, token).status_code == 403


def test_get_without_fetch_runs_the_flow(session: requests.Session, emulator: Emulator) -> None:
    """Only modifying calls need a token."""
    answer = session.request("GET", f"{emulator.runtime}{ADDRESS}", data=BODY, timeout=TIMEOUT)
    assert answer.status_code == 200
    assert "sap_messageprocessinglogid" in answer.headers


def test_other_flows_know_nothing_of_tokens(session: requests.Session, emulator: Emulator) -> None:
    """For a flow without CSRF protection, Fetch is a header like any other."""
    answer = session.get(f"{emulator.runtime}/http/echo", headers={"X-CSRF-Token": "Fetch"}, timeout=TIMEOUT)
    assert answer.json()["headers"]["x-csrf-token"] == "Fetch"
    assert "X-CSRF-Token" not in answer.headers


def test_odata_sender_hands_a_token_out_beside_its_answer(
    session: requests.Session, emulator: Emulator
) -> None:
    """At the root of the service and with an entity; a create without it is told that one is required."""
    root = f"{emulator.runtime}/gw/odata/SAP/ORDERS;v=1/"
    refused = session.post(f"{root}Orders", json={"OrderId": "csrf"}, timeout=TIMEOUT)
    assert (refused.status_code, refused.headers["x-csrf-token"]) == (403, "required")
    for resource in ("Orders('4711')", ""):
        fetched = session.get(
            f"{root}{resource}",
            headers={"X-CSRF-Token": "Fetch", "Accept": "application/json"},
            timeout=TIMEOUT,
        )
        assert fetched.status_code == 200
        assert "d" in fetched.json()
    token = {"X-CSRF-Token": fetched.headers["x-csrf-token"]}
    created = session.post(f"{root}Orders", json={"OrderId": "csrf"}, headers=token, timeout=TIMEOUT)
    assert created.status_code == 201
    assert created.headers["location"] == f"{root}Orders('csrf')"
