"""Secrets that travel between the processes of pytest-xdist."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pytest_iflow.reporting.masking.shared_secrets import SecretsForWorkers, SecretsOfWorker
from pytest_iflow.secrets.registry import REGISTRY, mask, register_secret
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

KEY = "iflow_secrets"
SECRET = "9f8e7d6c-known-to-a-worker-only"


class Channel:
    """What a worker sends."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, message: Any) -> None:
        """Take a message."""
        self.sent.append(message)


def test_a_worker_knows_what_the_controller_knows_and_tells_what_is_new() -> None:
    """At once, each secret once, and nothing after its end."""
    register_secret("known-to-the-controller")
    node: Any = SimpleNamespace(workerinput={}, process_from_remote=lambda _: None)
    SecretsForWorkers().pytest_configure_node(node)
    assert ("known-to-the-controller", True) in node.workerinput[KEY]
    register_secret("read-by-the-worker-from-a-key")
    channel = Channel()
    plugins = SimpleNamespace(get_plugins=lambda: [SimpleNamespace(sendevent=None, channel=channel)])
    config: Any = SimpleNamespace(workerinput=node.workerinput, pluginmanager=plugins)
    worker = SecretsOfWorker(config)
    register_secret("found-in-a-test")
    register_secret("found-in-a-test")
    worker.pytest_unconfigure()
    register_secret("found-after-the-end")
    assert channel.sent == [
        (KEY, [("read-by-the-worker-from-a-key", True)]),
        (KEY, [("found-in-a-test", True)]),
    ]


def test_the_controller_masks_what_a_worker_found_out() -> None:
    """What is no secret goes on to xdist."""
    passed_on: list[Any] = []
    node: Any = SimpleNamespace(workerinput={}, process_from_remote=passed_on.append)
    SecretsForWorkers().pytest_configure_node(node)
    node.process_from_remote((KEY, [("told-by-a-worker", True)]))
    node.process_from_remote(("logstart", {}))
    node.process_from_remote(None)
    assert passed_on == [("logstart", {}), None]
    assert mask("told-by-a-worker") == "***"
    assert REGISTRY.leaks("told-by-a-worker")


@pytest.mark.skipif("os.name != 'posix'", reason="a signal kills the worker")
def test_the_gate_knows_the_secrets_of_a_worker_that_crashed(project: InnerProject) -> None:
    """A step registers one, writes it past the masking, and dies: the file is found."""
    project.write(
        "steps/crash.py",
        f"""
        import os, signal
        from pathlib import Path
        from pytest_iflow.gherkin.vocabulary import when
        from pytest_iflow.secrets.registry import register_secret

        @when("I die")
        def die():
            register_secret({SECRET[::-1]!r}[::-1])
            Path("reports/local/dev/left.txt").write_text({SECRET[::-1]!r}[::-1])
            os.kill(os.getpid(), signal.SIGKILL)
        """,
    )
    project.write("features/a.feature", "Feature: A\n  Scenario: dies\n    When I die\n")
    run = project.run("--tenant=local", "-n1", "--max-worker-restart=0")
    assert run.code == 1
    assert "reports/local/dev/left.txt:1:1: a registered secret" in run.out
