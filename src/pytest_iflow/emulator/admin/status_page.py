"""The page that shows what runs here and how to call it, for a person with a browser or curl."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_iflow.emulator.faults.settings import FaultSettings
from pytest_iflow.emulator.flows.flow import Flow
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.ready import Ready

if TYPE_CHECKING:
    from jinja2 import Template

LAST_MESSAGES = 20
PAGE_HEADERS = (
    ("content-type", "text/html; charset=utf-8"),
    ("cache-control", "no-store"),
    # Nothing of this page may ask anybody for anything.
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
            (deployed, call_command(curl, landscape, deployed.flow))
            for deployed in landscape.deployment.deployed
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
    # Imported when somebody looks: the start of the process has no time for it.
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters["moment"] = lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat(
        " ", "milliseconds"
    )
    return environment.from_string(TEMPLATE)
