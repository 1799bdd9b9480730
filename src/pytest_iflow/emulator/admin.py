"""The status page and the orders below ``/emulator`` of the API plane."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from pytest_iflow.emulator.faults.draws import ActiveFaults
from pytest_iflow.emulator.faults.settings import EXPECTED, FaultError, FaultSettings
from pytest_iflow.emulator.flows import passed, script_prints
from pytest_iflow.emulator.flows.message import Flow
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.message_logs.log_levels import LEVELS
from pytest_iflow.emulator.mocks.routes import routes
from pytest_iflow.emulator.start import Ready
from pytest_iflow.emulator.wire_answer import WireAnswer

if TYPE_CHECKING:
    from jinja2 import Template

LAST_MESSAGES = 20
PAGE_HEADERS = (
    ("content-type", "text/html; charset=utf-8"),
    ("cache-control", "no-store"),
    # The page loads nothing.
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
)
TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Local tenant</title>
<style>
body {font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;}
table {border-collapse: collapse; width: 100%;}
th, td {text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ccc; vertical-align: top;}
pre {background: #f4f4f4; padding: .5rem; overflow-x: auto; margin: 0;}
</style></head><body>
<h1>Local tenant</h1>
<table>
{% for name, url in hosts %}<tr><th>{{ name }}</th><td>{{ url }}</td></tr>
{% endfor %}</table>
<h2>Credentials and a token</h2>
<pre>{{ credentials }}
{{ token }}</pre>
<h2>Deployed flows</h2>
<table><tr><th>Flow</th><th>Role</th><th>Call</th></tr>
{% for deployed, call in flows %}<tr><td>{{ deployed.flow.name }}<br>{{ deployed.status }}</td>
<td>{{ deployed.flow.role }}</td><td><pre>{{ call }}</pre></td></tr>
{% endfor %}</table>
<h2>Last messages</h2>
<table><tr><th>Start</th><th>Flow</th><th>Status</th><th>Message</th><th>Error</th></tr>
{% for log in messages %}<tr><td>{{ log.start | moment }}</td><td>{{ log.artifact }}</td>
<td>{{ log.status }}</td><td>{{ log.message_id }}</td><td>{{ log.error or "" }}</td></tr>
{% endfor %}</table>
<h2>Faults</h2>
<p>{% for name, value in faults.items() %}{{ name }}={{ value }} {% else %}none{% endfor %}
(seed {{ seed }})</p>
</body></html>
"""
ROOT = "/emulator"
EXPECTED_LEVELS = f'Expected {{"ARTIFACT": "LEVEL", …}} with one of {", ".join(LEVELS)}.'
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def status_page(landscape: Landscape, settings: FaultSettings, ready: Ready) -> str:
    """Render the page; it holds no secret, the commands on it read them from the key files."""
    planes = landscape.planes
    curl = f"curl --cacert {shlex.quote(str(ready.ca.resolve()))}"
    first = client_of(ready.first_key.name)
    return _template().render(
        hosts=(("Token service", planes.token), ("Runtime", planes.runtime), ("API", planes.api)),
        credentials=credentials_function(ready.keys),
        token=f"{curl} {first} --data grant_type=client_credentials {planes.token_url}",
        flows=[
            (deployed, call_command(curl, landscape, entry))
            for deployed in landscape.deployment.deployed
            for entry in deployed.flow.entries
        ],
        messages=landscape.message_logs.latest(LAST_MESSAGES),
        faults=settings.values,
        seed=settings.seed,
    )


def credentials_function(keys: Path) -> str:
    """Return a shell function that takes client id and secret from a key file of the folder ``keys``."""
    script = (
        'import json, sys; key = json.load(open(sys.argv[1]))["oauth"]; '
        'print(key["clientid"] + ":" + key["clientsecret"])'
    )
    return f'client() {{ python3 -c {shlex.quote(script)} {shlex.quote(str(keys.resolve()))}/"$1"; }}'


def client_of(key_file: str) -> str:
    """Return the option of curl that sends the credentials in a key file."""
    return f'--user "$(client {key_file})"'


def call_command(curl: str, landscape: Landscape, flow: Flow) -> str:
    """Return the shell lines that send the file ``message`` to a flow, with a CSRF token if it needs one.

    The credentials are those of the first client that has the role of the flow.
    """
    url = shlex.quote(landscape.planes.runtime + flow.path.removesuffix("/*"))
    key_file = next(
        (
            key.file
            for instance in landscape.instances
            for key in instance.keys
            if f"{instance.application}.{flow.role}" in instance.scopes and key.client_secret
        ),
        "KEY-WITH-THE-ROLE.json",
    )
    call = f"{curl} {client_of(key_file)}"
    content_type = "text/xml" if flow.protocol == "cxf" else "application/json"
    send = f"{call} --header 'Content-Type: {content_type}' --data-binary @message {url}"
    if not flow.csrf_protected:
        return send
    fetch = f"{call} --silent --cookie-jar cookies --head --header 'X-CSRF-Token: Fetch' {url}"
    take = "sed -n 's/^x-csrf-token: //p' | tr -d '\\r'"
    return f'CSRF="$({fetch} | {take})"\n{send} --cookie cookies --header "X-CSRF-Token: $CSRF"'


@cache
def _template() -> Template:
    # Imported when the page is opened: it would slow the start down.
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters["moment"] = lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat(
        " ", "milliseconds"
    )
    return environment.from_string(TEMPLATE)


class Admin:
    """Answers below ``/emulator`` itself, where no fault happens, and passes all else on (ASGI)."""

    def __init__(self, app: ASGIApp, landscape: Landscape, active_faults: ActiveFaults, ready: Ready) -> None:
        self._app = app
        self._landscape = landscape
        self._active_faults = active_faults
        self._ready = ready
        self._router = Router(
            [
                Route(f"{ROOT}/", self._status),
                Route(f"{ROOT}/counters", self._counters),
                Route(f"{ROOT}/faults", self._faults, methods=["GET", "PUT"]),
                Route(f"{ROOT}/log-levels", self._log_levels, methods=["GET", "PUT"]),
                Route(f"{ROOT}/reset", self._reset, methods=["POST"]),
                *routes(ROOT, landscape.mocks),
                passed.route(ROOT, landscape.passages),
                script_prints.route(ROOT, landscape.prints, self._has_scripts),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        path = scope["path"]
        if path != ROOT and not path.startswith(f"{ROOT}/"):
            await self._app(scope, receive, send)
        elif not _from_this_machine(Request(scope)):
            await _text(HTTPStatus.FORBIDDEN, "Only this machine may ask for this.\n")(scope, receive, send)
        else:
            await self._router(scope, receive, send)

    def _has_scripts(self) -> bool:
        return any(each.flow.has_scripts for each in self._landscape.deployment.deployed)

    async def _status(self, _request: Request) -> WireAnswer:
        page = status_page(self._landscape, self._active_faults.settings, self._ready)
        return WireAnswer(HTTPStatus.OK, PAGE_HEADERS, page.encode())

    async def _counters(self, _request: Request) -> WireAnswer:
        client_ids = tuple(instance.client_id for instance in self._landscape.instances)
        return _json(self._landscape.counters.as_json(client_ids))

    async def _faults(self, request: Request) -> WireAnswer:
        if request.method == "PUT":
            try:
                settings = FaultSettings.from_json(json.loads(await request.body()))
            except FaultError as error:
                return _text(HTTPStatus.BAD_REQUEST, f"{error}\n")
            except ValueError as error:
                return _text(HTTPStatus.BAD_REQUEST, f"The body is no JSON: {error}. {EXPECTED}\n")
            self._active_faults.apply(settings)
        return _json(self._active_faults.settings.as_json())

    async def _log_levels(self, request: Request) -> WireAnswer:
        levels = self._landscape.log_levels
        if request.method == "PUT":
            try:
                sent = json.loads(await request.body())
            except ValueError as error:
                return _text(HTTPStatus.BAD_REQUEST, f"The body is no JSON: {error}. {EXPECTED_LEVELS}\n")
            if mistake := self._mistake_of_levels(sent):
                return _text(HTTPStatus.BAD_REQUEST, f"{mistake} {EXPECTED_LEVELS}\n")
            for artifact, level in sent.items():
                levels.set(artifact, level)
        return _json(levels.as_json())

    def _mistake_of_levels(self, sent: Any) -> str | None:
        if not isinstance(sent, dict):
            return "The body is no object."
        for artifact, level in sent.items():
            if self._landscape.deployment.get(artifact) is None:
                return f"No artifact {artifact} is deployed."
            if level not in LEVELS:
                return f"{level} is no log level."
        return None

    async def _reset(self, _request: Request) -> WireAnswer:
        self._active_faults.restore()
        self._landscape.counters.clear()
        self._landscape.message_logs.clear()
        self._landscape.orders.clear()
        self._landscape.mocks.clear()
        self._landscape.passages.clear()
        self._landscape.prints.clear()
        self._landscape.log_levels.clear()
        self._landscape.deployment.restore()
        return WireAnswer(HTTPStatus.NO_CONTENT, ())


def _from_this_machine(request: Request) -> bool:
    # The sockets are bound to loopback, but a browser of this machine may show a page of another host. The
    # Host header shows that the name of that host points here, and Origin that such a page sent the request.
    origin = request.headers.get("origin")
    names = {request.url.hostname, urlsplit(origin).hostname if origin else "localhost"}
    return request.client is not None and request.client.host in LOOPBACK and names <= LOOPBACK


def _json(document: object) -> WireAnswer:
    body = json.dumps(document, indent=2).encode()
    return WireAnswer(HTTPStatus.OK, (("content-type", "application/json"),), body)


def _text(status: HTTPStatus, text: str) -> WireAnswer:
    return WireAnswer(status, (("content-type", "text/plain; charset=utf-8"),), text.encode())
