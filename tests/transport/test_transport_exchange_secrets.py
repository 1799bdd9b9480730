"""What is secret in exchanges with a token service and a runtime, and what is not."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count

import pytest
from requests.structures import CaseInsensitiveDict

from pytest_iflow.reporting.exchange_text import exchange_text
from pytest_iflow.secrets.registry import mask
from pytest_iflow.transport.exchange import Exchange, Request, Response
from pytest_iflow.transport.exchange_secrets import register_session, register_token_exchange
from tests.loopback_server import Reply, Serve
from tests.loopback_tenant import LoopbackTenant

URL = "https://acme-dev1.authentication.eu10.hana.ondemand.com/oauth/token?grant_type=client_credentials"
CLIENT = "sb-5f0a3b2c-1a2b-4c3d-8e9f-0a1b2c3d4e5f!b117912|it-rt-acme!b26655"
SECRET = "Zx9-4f$k2=Qp7+tR/1v"
_NUMBERS = count(1)


def opaque() -> str:
    """Return a token that nothing gives away but its looks, and that no test knows yet."""
    number = next(_NUMBERS)
    return base64.urlsafe_b64encode(f"{number:03}".encode() * 3 + bytes(range(number, number + 15))).decode()


def seen(
    body: bytes | str = b"",
    headers: Mapping[str, str] | None = None,
    *,
    sent: bytes = b"",
    url: str = URL,
    reason: str = "OK",
) -> Exchange:
    """Return an exchange that the registry has seen."""
    basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
    content = body.encode() if isinstance(body, str) else body
    exchange = Exchange(
        Request("POST", url, CaseInsensitiveDict({"Authorization": f"Basic {basic}"}), sent),
        Response(200, reason, CaseInsensitiveDict(headers or {}), content),
        datetime.now(UTC),
        0.1,
    )
    register_token_exchange(exchange)
    return exchange


def escaped(text: str) -> str:
    """Return a JSON string of nothing but escapes."""
    return "".join(f"\\u{ord(char):04x}" for char in text)


BODIES = {
    "json": '{{"access_token": "{0}", "token_type": "bearer"}}',
    "other field": '{{"tkn": "{0}"}}',
    "camel case": '{{"accessToken": "{0}"}}',
    "id_token": '{{"id_token": "{0}", "refresh_token": "{1}"}}',
    "nested": '{{"result": {{"list": [{{"access_token": "{0}"}}, ["{1}"]]}}}}',
    "list": '[{{"access_token": "{0}"}}]',
    "doubled keys": '{{"access_token": "{0}", "access_token": "{1}"}}',
    "trailing bytes": '{{"access_token": "{0}"}}\n{{"access_token": "{1}"}} trailing {2}',
    "broken off": '{{"expires_in": 3600, "access_token": "{0}',
    "form": "access_token={0}&token_type=bearer&refresh_token={1}",
    "xml": '<r a="{1}"><access_token>{0}</access_token><t><![CDATA[{2}]]></t></r>',
    "html": '<html><body>token {0}<input name="token" value="{1}"></body></html>',
    "text": "access_token: {0}\nyour code is {1}",
    "error": '{{"error": "invalid", "error_description": "unknown token {0} (was {1})"}}',
    "json in json": '{{"said": "{{\\"access_token\\": \\"{0}\\"}}"}}',
    "link": '{{"next": "https://a.example/{0}/x?token={1}#access_token={2}"}}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_no_token_of_an_answer_is_shown(body: str, encoding: str) -> None:
    """Whatever its format; the report of the exchange, and any other text, has it masked."""
    tokens = [opaque() for _ in range(3)]
    exchange = seen(body.format(*tokens).encode(encoding))
    expected = [token for number, token in enumerate(tokens) if f"{{{number}}}" in body]
    assert mask(" ".join(expected)) == " ".join("***" for _ in expected)
    shown = exchange_text(exchange).replace("\0", "")
    assert not any(token in shown for token in expected)


def test_a_token_of_nothing_but_escapes_is_not_shown() -> None:
    """Neither as it is written nor as it is meant."""
    token = opaque()
    assert escaped(token) not in exchange_text(seen(f'{{"access_token": "{escaped(token)}"}}'))
    assert mask(token) == "***"


@pytest.mark.parametrize(
    "header",
    [
        "X-Auth-Token: {}",
        "Authorization: Bearer {}",
        "X-Refresh: {}",
        "Set-Cookie: JSESSIONID={}; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT, b=2",
        "Location: https://acme.example/callback?state=1&code={}",
        "Location: /callback#access_token={}",
        'WWW-Authenticate: Bearer error_description="{} is unknown"',
    ],
)
def test_no_token_of_a_header_is_shown(header: str) -> None:
    """Nor in any later text."""
    token = opaque()
    name, _, value = header.format(token).partition(": ")
    assert token not in exchange_text(seen(headers={name: value}))
    assert mask(token) == "***"


def test_a_token_beside_the_status_is_a_secret() -> None:
    """The reason may be any text."""
    token = opaque()
    seen(reason=f"No {token}")
    assert mask(token) == "***"


@pytest.mark.parametrize("as_query", [True, False])
def test_what_is_sent_is_a_secret(*, as_query: bool) -> None:
    """Assertions, passwords and secrets of a form or a query; and the secret of a Basic header."""
    names = ("client_assertion", "assertion", "refresh_token", "password", "client_secret")
    values = {name: opaque() for name in names}
    form = "&".join(f"{name}={value}" for name, value in values.items())
    seen(sent=b"" if as_query else form.encode(), url=f"{URL}&{form}" if as_query else URL)
    assert mask(" ".join([*values.values(), SECRET])) == "*** *** *** *** *** ***"


def test_a_secret_is_not_repeated_in_any_form() -> None:
    """A refusal shows it plain, in hex, base64, twice so, base32, backwards, in capitals and spaced."""
    data = SECRET.encode()
    twice = base64.b64encode(base64.b64encode(data))
    forms = [data.hex(), base64.b64encode(data).decode(), twice.decode(), base64.b32encode(data).decode()]
    forms += [SECRET, SECRET[::-1], SECRET.upper(), " ".join(SECRET)]
    said = "; ".join(f"no {form} here" for form in forms)
    shown = exchange_text(seen(json.dumps({"error": "unauthorized", "error_description": said})))
    assert [form for form in forms if form in shown] == []
    assert "unauthorized" in shown


def test_ordinary_texts_stay_readable() -> None:
    """Public fields, words, numbers, names, dates, addresses: reports are full of them."""
    said = {
        "access_token": opaque(),
        "token_type": "bearer",
        "expires_in": 4199,
        "scope": "uaa.resource it-rt-acme!b26655.ESBMessaging.send",
        "jti": "0123456789abcdef0123456789abcdef",
        "code": "unauthorized",
        "custom": "default",
        "kind_of_token": "reference",
        "token_endpoint_auth_method": "client_secret_basic",
        "token_lifetime": "3600",
        "token_issued": "1764336000",
        "zone": "acme-dev1",
        "home": "https://acme-dev1.it-cpi012-rt.cfapps.eu10-003.hana.ondemand.com/index.html",
        "host": "acme-dev1.it-cpi012-rt.cfapps.eu10-003.hana.ondemand.com",
        "contact": "team-4711@acme.example",
        "since": "2026-11-28T13:22:31.000Z",
        "app": "it-rt-acme!b26655",
        "error_description": f"Bad credentials for {CLIENT} at 2026-11-28 13:22:31, see ESBMessaging.send",
        "ok": True,
    }
    headers = {
        "X-Vcap-Request-Id": "7a4f2b1c-1111-4222-8333-9a0b1c2d3e4f",
        "Content-Type": "application/json;charset=UTF-8",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    }
    seen(json.dumps(said), headers)
    hidden = {name for name, value in said.items() if mask(str(value)) != str(value)}
    assert hidden == {"access_token"}
    assert mask(CLIENT) == CLIENT
    assert mask(str(headers)) == str(headers)


@pytest.mark.parametrize("unit", ['"', '"a":"', "<a", "a=", "=", "a1", "a b ", "\\", '{"a":', "://a", "x-1."])
def test_a_large_answer_is_looked_through_in_no_time(unit: str) -> None:
    """Quotes that never close, endless words and lists: no pattern goes astray."""
    started = time.process_time()
    seen(unit * (400_000 // len(unit)))
    assert time.process_time() - started < 10


def test_session_cookies_and_csrf_tokens_of_a_runtime_are_secrets() -> None:
    """What only asks for a token, or says that a cookie is over, is none."""
    session, token = opaque(), opaque()
    cookies = f"JSESSIONID={session}; Path=/, gone=deleted"
    register_session(CaseInsensitiveDict({"Set-Cookie": cookies, "X-CSRF-Token": token}))
    register_session(CaseInsensitiveDict({"X-CSRF-Token": "Required"}))
    assert mask(f"{session} {token} deleted Required Fetch") == "*** *** deleted Required Fetch"


def test_observers_see_what_is_registered_already(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """Of token service and runtime alike: nobody can show an exchange before its secrets are known."""
    token, session = opaque(), opaque()
    answer = Reply(201, json.dumps({"tkn": token}).encode(), {"Set-Cookie": f"S={session}"})
    loopback_tenant.client(host=serve(lambda _: answer).url)
    run = loopback_tenant.run()
    shown: list[str] = []
    run.observers.append(lambda exchange: shown.append(mask(f"{exchange.response.body!r} {session}")))
    run.tokens.ask("default")
    run.connections.runtime("default").send("GET", run.credentials.service_key("default").url, headers={})
    assert shown == ['b\'{"tkn": "***"}\' ***'] * 2
