"""What a run imports: the budget of its start, held by names and not by time.

Each module costs half a millisecond or more at each start, and each library what it does when it is imported.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.inner_project import InnerProject
from tests.loopback_server import LoopbackServer, Received, Reply
from tests.loopback_tenant import token_reply

pytest_plugins = ["tests.inner_project"]

FEATURE = """
    Feature: F
      Scenario: one
        When I send a POST request to the iFlow "orders" with the body:
          \"\"\"
          {"order": 1}
          \"\"\"
        Then the response status is 200
        And the response matches the schema "any.json"
"""
TENANT = """
    [environments.dev.clients.default]
    service-key = "env:SERVICE_KEY"
    [environments.dev.iflows.orders]
    address = "/orders"
"""
PROBE = """
    import json, sys

    def pytest_unconfigure():
        dataclasses = {
            each.__name__
            for name, module in sys.modules.items()
            if name.startswith("pytest_iflow.")
            for each in vars(module).values()
            if isinstance(each, type) and each.__module__ == name and "__dataclass_fields__" in vars(each)
        }
        with open("imported.json", "w") as file:
            json.dump([sorted(sys.modules), sorted(dataclasses)], file)
"""

THIRD_PARTY = {
    # HTTP
    "requests", "urllib3", "certifi", "charset_normalizer", "idna",
    "brotli", "_brotli",  # urllib3 imports it where it is installed, as it is with Locust
    # JSON Schema
    "jsonschema", "jsonschema_specifications", "referencing", "rpds", "attr", "attrs", "regress",
    "typing_extensions",
    "rfc3339_validator",  # jsonschema imports it where it is installed
    # phrases, variables, secrets
    "cucumber_expressions", "dotenv", "ahocorasick_rs",
    # JSON of results
    "msgspec",
    # pages, JUnit
    "jinja2", "lxml",
}  # fmt: skip
"""Libraries that a run may import beyond those of pytest and its plugins."""

DATACLASSES = {
    # public: testers may call dataclasses.replace with them
    "Exchange", "Request", "Response", "Token", "TokenAnswer",
    "Addition", "CallPlan", "Conversation", "MadeCall", "PreparedRequest",
    # fields with metadata, or that do not show what they hold
    "Entity", "KeyInVariable", "ServiceKey", "XmlSchema",
}  # fmt: skip
"""Each is written as Python and compiled at each start, forty times as dear as a ``msgspec.Struct``."""


def answer(received: Received) -> Reply:
    """Answer as a token service and as an iFlow."""
    if received.target.startswith("/oauth/token"):
        return token_reply("token-number-1", more={"scope": "it-rt-test!b1.ESBMessaging.send"})
    return Reply(200, b"{}", {"Content-Type": "application/json"})


class Imported(NamedTuple):
    """The modules that a run had imported at its end, and the dataclasses in ours."""

    modules: set[str]
    dataclasses: set[str]


def imported_by(project: InnerProject, *arguments: str, **environ: str) -> Imported:
    """Run pytest and return what it had imported."""
    run = project.run("-p", "probe", *arguments, PYTHONPATH=str(project.root), **environ)
    assert run.code in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}, run.text
    modules, dataclasses = json.loads((project.root / "imported.json").read_text(encoding="utf-8"))
    return Imported(set(modules), set(dataclasses))


def libraries(modules: set[str]) -> set[str]:
    """Return the top-level packages of ``modules`` that are no part of Python, of Cython or of us."""
    found = {name.partition(".")[0] for name in modules}
    return {name for name in found - sys.stdlib_module_names - {"pytest_iflow"} if "cython" not in name}


@pytest.fixture(scope="module")
def project(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A suite of one scenario."""
    project = new_project()
    project.write("probe.py", PROBE)
    project.write("features/one.feature", FEATURE)
    project.write("schemas/any.json", "{}")
    project.write("tenants/acme.toml", TENANT)
    return project


@pytest.fixture(scope="module")
def imported(project: InnerProject) -> Imported:
    """What a run imports whose scenario passes."""
    with contextlib.closing(LoopbackServer(answer, None)) as server:
        oauth = {
            "clientid": "sb-client!b1|it-rt-test!b1",
            "clientsecret": "a-secret-of-this-test-only",
            "url": server.url,
            "tokenurl": f"{server.url}/oauth/token",
        }
        found = imported_by(project, "--tenant=acme", SERVICE_KEY=json.dumps({"oauth": oauth}))
    assert project.root.joinpath("reports/acme/dev/summary.html").is_file()
    return found


def test_libraries_are_imported_by_who_uses_them(project: InnerProject, imported: Imported) -> None:
    """The scenario meets nothing that would need more than these."""
    assert (
        libraries(imported.modules) - libraries(imported_by(project, "-p", "no:iflow").modules) <= THIRD_PARTY
    )


def test_a_run_imports_nothing_of_the_command(imported: Imported) -> None:
    """Neither lint nor any other command of ``pytest-iflow``."""
    assert {
        name for name in imported.modules if name.startswith(("pytest_iflow.lint", "pytest_iflow.cli"))
    } == set()


def test_a_run_without_exported_iflows_imports_nothing_of_them(imported: Imported) -> None:
    """Neither the model nor what covers it."""
    ours = (
        "pytest_iflow.iflow_",
        "pytest_iflow.results.flow_coverage",
        "pytest_iflow.reporting.flow_passages",
    )
    assert {name for name in imported.modules if name.startswith(ours)} == set()


def test_a_run_that_is_good_imports_nothing_that_explains_failures(imported: Imported) -> None:
    """Neither the table of causes nor the facts that show them, though it looks at the tenant."""
    assert "pytest_iflow.diagnosis.doctor.before_run" in imported.modules
    explaining = ("facts", "findings", "gathering", "access_tokens", "network", "processing", "token_claims")
    assert imported.modules.isdisjoint(f"pytest_iflow.diagnosis.{name}" for name in explaining)


def test_what_a_run_imports_is_made_of_structs(imported: Imported) -> None:
    """A hundred dataclasses were an eighth of the start."""
    assert "Token" in imported.dataclasses
    assert imported.dataclasses <= DATACLASSES
