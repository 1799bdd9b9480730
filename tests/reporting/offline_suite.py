"""A suite that calls nobody, for two tenants with two environments each: scenarios pass and fail as told.

Test modules name this one in ``pytest_plugins`` and import from it: PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject

KEY = {
    "oauth": {
        "clientid": "sb-offline",
        "clientsecret": "the-secret-of-nobody",
        "tokenurl": "https://offline.authentication.eu10.hana.ondemand.com/oauth/token",
        "url": "https://offline.it-cpi001-rt.cfapps.eu10.hana.ondemand.com",
    }
}

CONFTEST = """
    import os
    import time
    from pathlib import Path
    from pytest_iflow.gherkin.vocabulary import step

    @step("{string} is good")
    def is_good(name):
        bad = os.environ.get("BAD", "").split()
        assert name not in bad

    @step("{string} is awaited")
    def is_awaited(name):
        Path(name + " began").touch()
        while not Path(name).exists():
            time.sleep(0.02)

    @step("Ctrl-C is pressed")
    def interrupt():
        raise KeyboardInterrupt

    @step("the process is killed")
    def kill_this():
        os.kill(os.getpid(), 9)

    @step("the controller is killed")
    def kill_the_controller():
        os.kill(os.getppid(), 9)

    @step("it is good at the second try")
    def second_try(request):
        tries = request.node.__dict__["tries"] = request.node.__dict__.get("tries", 0) + 1
        assert tries > 1
"""


def feature(*scenarios: str) -> str:
    """Return a feature; each scenario is called like its first word in quotes, or else like its one step."""
    text = "Feature: Orders\n"
    for step in scenarios:
        title = step.split('"')[1] if step.startswith('"') else step
        text += f"\n  @REQ-1\n  Scenario: {title}\n    Given {step}\n"
    return text


@pytest.fixture
def offline(new_project: Callable[[], InnerProject]) -> InnerProject:
    """The suite, without a feature; environment variable KEY has to hold ``KEY``."""
    project = new_project()
    project.write("conftest.py", CONFTEST)
    for tenant in ("acme", "nadir"):
        project.write(
            f"tenants/{tenant}.toml",
            'default-environment = "dev"\n'
            + "".join(
                f'[environments.{name}]\nruntime-version = "8.21"\n'
                f'[environments.{name}.clients.default]\nservice-key = "env:KEY"\n'
                for name in ("dev", "qa")
            ),
        )
    return project


def arguments(*more: str, tenant: str = "acme") -> list[str]:
    """Return the arguments of a run."""
    return [f"--tenant={tenant}", "--no-preflight", "-q", "-p", "no:cacheprovider", *more]


def environ(bad: str = "", **more: str) -> dict[str, str]:
    """Return the variables of a run; ``bad`` names the scenarios that fail."""
    return {"KEY": json.dumps(KEY), "BAD": bad, **more}
