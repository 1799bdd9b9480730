"""From options to a run, and the errors on the way: one message, exit code 4, no traceback, no secret."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import requests

from pytest_iflow.local_tenant import LocalTenant
from tests.inner_project import DATA, InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

FEATURE = """
    Feature: Quick start
      Scenario Outline: product <id>
        Given an access token
        When I request the details of product "<id>"
        Then the response status is 200
        Examples:
          | id      |
          | HT-1000 |
          | HT-1010 |
          | HT-1080 |
          | HT-1081 |
"""

SECRET = "s3cret-of-a-customer"
KEY = json.dumps(
    {
        "oauth": {
            "clientid": "sb-1",
            "clientsecret": SECRET,
            "tokenurl": "https://tenant.invalid/oauth/token",
            "url": "https://tenant.invalid",
        }
    }
)

TENANTS = {
    "malformed": "description = [",
    "unknown-keys": """
        [environments.dev.clients.default]
        service-kay = "env:A"
        [environments.dev]
        colour = "red"
    """,
    "two": """
        [environments.dev.clients.default]
        service-key = "env:A"
        [environments.qa.clients.default]
        service-key = "env:A"
    """,
    "keyless": '[environments.dev.clients.default]\nservice-key = "env:NO_SUCH_KEY"',
    "file": '[environments.dev.clients.default]\nservice-key = "file:missing.service-key.json"',
    "keyed": '[environments.dev.clients.default]\nservice-key = "env:KEY"',
    "uncertain": '[environments.dev]\nca-bundle = "missing.pem"\n'
    '[environments.dev.clients.default]\nservice-key = "env:KEY"',
}

REFUSALS: dict[str, tuple[list[str], dict[str, str], list[str]]] = {
    "tenant": (["--tenant=keyles"], {}, ['There is no tenant "keyles".', "Did you mean", "keyless"]),
    "environment": (
        ["--tenant=two", "--environment=prod"],
        {},
        ['Tenant "two" has no environment "prod".', "tenants/two.toml", "dev, qa"],
    ),
    "no default": (["--tenant=two"], {}, ["several environments and no default one", "--environment"]),
    "TOML": (["--tenant=malformed"], {}, ["not valid TOML", "malformed.toml, line 1"]),
    "keys": (
        ["--tenant=unknown-keys"],
        {},
        [
            'environments.dev.clients.default: lacks the key "service-key"',
            'service-kay: unknown key; did you mean "service-key"?',
            "environments.dev.colour: unknown key",
        ],
    ),
    "no key": (
        ["--tenant=keyless"],
        {},
        ["NO_SUCH_KEY is not set", "SAP BTP cockpit", "pytest --tenant=local"],
    ),
    "no key file": (["--tenant=file"], {}, ["missing.service-key.json does not exist"]),
    "no JSON": (
        ["--tenant=keyed"],
        {"KEY": f'{{"clientsecret": "{SECRET}"'},
        ["The service key is not JSON"],
    ),
    "half a key": (
        ["--tenant=keyed"],
        {"KEY": json.dumps({"oauth": {"clientsecret": SECRET}})},
        ["environment variable KEY"],
    ),
    "namespaces": (
        ["--tenant=local", "--rootdir=wrong-namespaces"],
        {},
        ["namespaces.toml is not valid TOML: n0 stands here a second time", "namespaces.toml:2"],
    ),
    "reports": (
        ["--tenant=local", "-o", "iflow_reports=features/quick.feature"],
        {},
        ["Reports cannot be written", "features/quick.feature/local/dev", "iflow_reports"],
    ),
    "CAs of a variable": (
        ["--tenant=local"],
        {"REQUESTS_CA_BUNDLE": "/missing/company.pem"},
        ["the CA bundle cannot be used", "/missing/company.pem (REQUESTS_CA_BUNDLE)"],
    ),
    "CAs of the tenant": (
        ["--tenant=uncertain"],
        {"KEY": KEY},
        ["ca-bundle does not exist", "missing.pem"],
    ),
    "path": (["--tenant=../keyed"], {}, ['"../keyed" cannot be the name of a tenant']),
    "workers": (["--tenant=keyless", "-n2"], {}, ["NO_SUCH_KEY is not set"]),
}


@pytest.fixture(scope="module")
def suite(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A suite with tenants that cannot be used."""
    project = new_project()
    project.write("features/quick.feature", FEATURE)
    for name, text in TENANTS.items():
        project.write(f"tenants/{name}.toml", text)
    project.write("wrong-namespaces/schemas/namespaces.toml", 'n0 = "urn:a"\nn0 = "urn:b"\n')
    return project


@pytest.fixture(scope="module")
def refusals(suite: InnerProject) -> dict[str, InnerRun]:
    """The outcome of every case."""
    runs = suite.run_several(*((arguments, environ) for arguments, environ, _ in REFUSALS.values()))
    return dict(zip(REFUSALS, runs, strict=True))


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_used_is_one_clear_message(refusals: dict[str, InnerRun], case: str) -> None:
    """What happened and what to do; nothing ran, nothing is written."""
    run, said = refusals[case], REFUSALS[case][2]
    assert run.code == 4, run.text
    assert run.out.strip() == ""
    assert run.err.startswith("ERROR: ")
    assert run.err.count("ERROR") == 1
    for text in (*said, "  what to do: "):
        assert text in run.err.replace("\\", "/")
    assert "Traceback" not in run.err
    assert SECRET not in run.err
    assert not (run.root / "reports").exists()


def test_a_name_may_come_from_a_variable_or_from_env_files(project: InnerProject) -> None:
    """A folder tenants is enough to act; the option wins, ``.env`` files are read in their order."""
    project.write("tenants/acme.toml", TENANTS["two"])
    project.write(".env", "IFLOW_TENANT=acme")
    project.write(".env.acme", "IFLOW_ENVIRONMENT=qa")
    first, second, third = project.run_several(
        (["--co"], {}),
        (["--co", "--environment=dev"], {}),
        (["--co", "--tenant=local"], {"IFLOW_TENANT": "acme"}),
    )
    assert "iflow: tenant acme, environment qa" in first.out
    assert "iflow: tenant acme, environment dev" in second.out
    assert "iflow: tenant local, environment dev" in third.out


def read_counters(tenant: LocalTenant) -> DATA:
    """Return the emulator's own tallies."""
    key = json.loads((tenant.keys() / "api.json").read_text(encoding="utf-8"))
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(tenant.keys() / "ca.pem")
        return session.get(f"{key['oauth']['url']}/emulator/counters", timeout=30).json()


def test_a_service_key_is_all_that_a_quick_start_needs(project: InnerProject) -> None:
    """No tenant file; one token request for two workers and several scenarios, none to collect them."""
    tenant = LocalTenant()
    try:
        keys = tenant.keys()
        environ = {
            "IFLOW_SERVICE_KEY": str(keys / "integration-flow.json"),
            "REQUESTS_CA_BUNDLE": str(keys / "ca.pem"),
        }
        project.write("features/quick.feature", FEATURE)
        collected, run = project.run_several(
            (["--tenant=trial", "--co", "-q", "-n2"], environ), (["--tenant=trial", "-q", "-n2"], environ)
        )
        assert len(collected.collected()) == 4
        assert run.code == 0, run.text
        assert set(run.statuses("trial/dev").values()) == {"passed"}
        counters = read_counters(tenant)
        client_id = json.loads((keys / "integration-flow.json").read_text("utf-8"))["oauth"]["clientid"]
        assert counters["tokens"][client_id] == {"issued": 1, "refused": 0}
        assert counters["calls"] == {"/products/details": 4}
        assert (keys / "integration-flow.json").exists(), "the tenant belongs to who started it"
    finally:
        tenant.stop()
