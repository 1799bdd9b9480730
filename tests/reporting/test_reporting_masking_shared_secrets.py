"""Secrets that travel between the processes of pytest-xdist."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pytest_iflow.reporting.masking.shared_secrets import SecretsForWorkers, SecretsOfWorker
from pytest_iflow.tenants.secrets import REGISTRY, mask, register_secret

KEY = "iflow_secrets"


def finish(wrapper: Any, result: object) -> Any:
    """Run a hook wrapper to its end, around something that gives ``result``."""
    next(wrapper)
    with pytest.raises(StopIteration) as stopped:
        wrapper.send(result)
    return stopped.value.value


def test_a_worker_knows_what_the_controller_knows() -> None:
    """And tells with its next report, once, what it finds out."""
    register_secret("known-to-the-controller")
    node: Any = SimpleNamespace(workerinput={})
    SecretsForWorkers().pytest_configure_node(node)
    assert ("known-to-the-controller", True) in node.workerinput[KEY]
    config: Any = SimpleNamespace(workerinput=node.workerinput, workeroutput={})
    worker = SecretsOfWorker(config)
    register_secret("found-in-the-first-test")
    sent = [finish(worker.pytest_report_to_serializable(), {"a": 1}) for _ in range(2)]
    assert sent == [{"a": 1, KEY: [("found-in-the-first-test", True)]}, {"a": 1}]
    assert finish(worker.pytest_report_to_serializable(), None) is None
    register_secret("found-at-the-end-of-all")
    worker.pytest_sessionfinish()
    assert config.workeroutput == {KEY: [("found-at-the-end-of-all", True)]}


def test_the_controller_masks_what_a_worker_found_out() -> None:
    """Its report holds nothing of it, since others may write it down."""
    controller = SecretsForWorkers()
    data = {"a": 1, KEY: [("told-with-a-report", True)]}
    assert finish(controller.pytest_report_from_serializable(data), "report") == "report"
    assert data == {"a": 1}
    controller.pytest_testnodedown(SimpleNamespace(workeroutput={KEY: [("told-at-the-end", True)]}))
    controller.pytest_testnodedown(SimpleNamespace())
    assert mask("told-with-a-report told-at-the-end") == "*** ***"
    assert REGISTRY.leaks("told-at-the-end")
