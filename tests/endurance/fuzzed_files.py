"""Files that people write or that runs leave, damaged, and read as the product reads them."""

from __future__ import annotations

import contextlib
import json
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.masking.bodies import masked_body
from pytest_iflow.reporting.pages.index import write_index
from pytest_iflow.reporting.pages.summary import rewrite_summary_page
from pytest_iflow.results.comparison import compared_since
from pytest_iflow.results.history import History
from pytest_iflow.results.journal import Journal
from pytest_iflow.results.plan import write_plan
from pytest_iflow.results.run_folder import HISTORY, JOURNAL, PLAN, SUMMARY, read_run
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import SCENARIO_STATUSES, ScenarioResult, StepResult
from pytest_iflow.tenants.catalogue import Catalogue, load_environ
from pytest_iflow.tenants.credentials import Credentials
from pytest_iflow.tenants.listing import render, tenant_listing
from pytest_iflow.transport.proxies import proxies_for
from pytest_iflow.transport.trust import show_certificate, tls_context
from tests.endurance.mutations import HOSTILE, damaged

ROOT = Path(__file__).parents[2]
TOML = (
    *HOSTILE,
    *(
        b"nan",
        b"-inf",
        b"1979-05-27",
        b"[1, 2]",
        b"{ a = 1 }",
        b"'''",
        b'"\\u0000"',
        b"0o777",
        b"1_000",
        b"99999999999",
    ),
    *(
        b'"file:."',
        b'"file:pipe"',
        b'"file:/dev/zero"',
        b'"env:HOME"',
        b'"file:' + b"x" * 5_000 + b'"',
        b'"emulator:x"',
    ),
    *(
        b'["//a[foo()]"]',
        b'["//a[count()]"]',
        b'["/a[$b]"]',
        b'["$[?f(@)]"]',
        b'["$[?@.a==1e999]"]',
        b'["(a{9999999999})"]',
    ),
    *(b'["' + b"(" * 3_000 + b'"]', b'["' + b"$" + b"[?" * 3_000 + b'"]', b'["//a' + b"[a" * 3_000 + b'"]'),
)
"""What may stand for a value of a tenant file."""

_KEY = {
    "oauth": {
        "clientid": "sb-1b2c3d4e!b1|it-rt-test!b117912",
        "clientsecret": "3f8a51c2-77d0-4e1b-9c35-d2b6a90f14e7$x=",
        "tokenurl": "https://acme.authentication.eu10.hana.ondemand.com/oauth/token",
        "url": "https://acme.it-cpi018-rt.cfapps.eu10-003.hana.ondemand.com",
        "certificate": "",
        "key": "",
    }
}
_PEM = "-----BEGIN {0}-----\\nMIIB\\n-----END {0}-----"


def read_tenant(folder: Path, numbers: random.Random) -> None:
    """Read a damaged tenant file as a run and ``--tenants`` do, and use what it says."""
    name = numbers.choice(["example.toml", "local.toml"])
    whole = (ROOT / "tenants" / name).read_bytes()
    (folder / "tenants").mkdir(exist_ok=True)
    place = folder / "tenants" / "acme.toml"
    with _in_place(place, damaged(whole, numbers, TOML), numbers):
        catalogue = Catalogue(place.parent, {})
        render(tenant_listing(catalogue, lambda _tenant, _environment: {}))
        for environment in catalogue.tenant("acme").environments.values():
            credentials = Credentials(environment, {"IFLOW_SERVICE_KEY": json.dumps(_KEY)}, folder)
            masked_body(b'{"iban": [1, "DE02120300000000202051"]}', environment.masking)
            masked_body(b"<a><IBAN>DE02120300000000202051</IBAN></a>", environment.masking)
            with contextlib.suppress(OSError):
                _use(credentials, list(environment.clients))


def read_key(folder: Path, numbers: random.Random) -> None:
    """Read a damaged service key from a file or a variable, as a client of a tenant does."""
    key = {"oauth": dict(_KEY["oauth"])}
    if numbers.random() < 0.3:
        key["oauth"] |= {
            "clientsecret": "",
            "certificate": _PEM.format("CERTIFICATE"),
            "key": _PEM.format("RSA PRIVATE KEY"),
        }
    data = damaged(json.dumps(key, indent=numbers.choice([None, 2])).encode(), numbers)
    place = folder / "key.json"
    environ = {"IFLOW_SERVICE_KEY": data.decode("utf-8", "surrogateescape")}
    if numbers.random() < 0.5:
        environ = {"IFLOW_SERVICE_KEY": str(place)}
    with _in_place(place, data, numbers):
        environment = Catalogue(None, environ).environment("acme")
        credentials = Credentials(environment, environ)
        _use(credentials, list(environment.clients))
        credentials.service_key("default")


def read_variables(folder: Path, numbers: random.Random) -> None:
    """Read a damaged ``.env`` file, and use what it says about certificates and proxies."""
    lines = b"IFLOW_TENANT=acme\nREQUESTS_CA_BUNDLE=ca.pem\nHTTPS_PROXY=http://u:p@proxy:3128\nNO_PROXY=a,b\n"
    with _in_place(folder / ".env", damaged(lines, numbers), numbers):
        environ = load_environ(folder, "acme", "dev", {})
        proxies_for("https://tenant.example", environ)
        tls_context(None, environ)


def read_record(folder: Path, numbers: random.Random) -> None:
    """Read damaged records of a run as ``report`` and the next run do."""
    reports = folder / "reports" / "acme" / "dev"
    reports.mkdir(parents=True, exist_ok=True)
    run = _run()
    journal = Journal(reports)
    journal.begin(run)
    for scenario in run.scenarios:
        journal.start(scenario.node_id)
        journal.finish(scenario, 1.0)
    journal.close()
    write_plan(reports / PLAN, run.scenarios)
    run.write(reports / SUMMARY)
    for hour in (7, 8, 9):
        History(reports).append(replace(run, started=run.started.replace(hour=hour)))
    name = numbers.choice([JOURNAL, JOURNAL, PLAN, SUMMARY, HISTORY])
    if name != JOURNAL and numbers.random() < 0.5:
        (reports / JOURNAL).unlink()
    with _in_place(reports / name, damaged((reports / name).read_bytes(), numbers), numbers):
        for read in (read_run, rewrite_summary_page, lambda place: compared_since(place, datetime.now(UTC))):
            with _refusals():
                read(reports)
        with _refusals():
            write_index(folder / "reports")


def _refusals() -> contextlib.suppress:
    """What readers of records raise: whoever calls them says it in one sentence, an OSError as well."""
    return contextlib.suppress(IflowError, OSError)


@contextlib.contextmanager
def _in_place(place: Path, data: bytes, numbers: random.Random) -> Iterator[None]:
    """Put a file with ``data`` in place, now and then a folder, a pipe, or nothing."""
    way = numbers.random()
    with contextlib.suppress(FileNotFoundError):
        place.unlink()
    if way < 0.01:
        place.mkdir()
    elif way < 0.02 and hasattr(os, "mkfifo"):
        os.mkfifo(place)
    elif way < 0.98:
        place.write_bytes(data)
    try:
        yield
    finally:
        if place.is_dir():
            place.rmdir()
        else:
            place.unlink(missing_ok=True)


def _use(credentials: Credentials, clients: list[str]) -> None:
    """Do with service keys what a run does before its first call; refusals of one stop no other."""
    with _refusals():
        credentials.ca_bundle()
    for client in clients:
        credentials.has(client)
        with _refusals():
            key = credentials.service_key(client)
            repr(key)
            proxies_for(key.url, {})
            if key.private_key:
                show_certificate(tls_context(None, {}), key, client)
    with _refusals():
        credentials.api_client()


def _run() -> RunResult:
    steps = (
        StepResult("Given", "an access token", 3, "passed", 0.1),
        StepResult("Then", "x", 4, "failed", 0.1),
    )
    scenarios = tuple(
        ScenarioResult(
            node_id=f"features/f.feature::s{number}",
            feature="F",
            rule=None,
            scenario=f"s{number}",
            example={"order": "4711"},
            file="features/f.feature",
            line=number,
            tags=("smoke",),
            status=status,
            seconds=0.2,
            message="why",
            exchange="GET https://x",
            steps=steps,
        )
        for number, status in enumerate(SCENARIO_STATUSES)
    )
    return RunResult(
        tenant="acme",
        environment="dev",
        started=datetime(2026, 11, 28, 10, tzinfo=UTC),
        seconds=1.0,
        scenarios=scenarios,
        hosts={"token": "t", "runtime": "r"},
        versions={"python": "3.11"},
        interrupted=False,
        collection_errors=(),
    )
