"""Phrases about what is deployed in the tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_iflow.gherkin.vocabulary import given, then

from .conversation import Conversation

if TYPE_CHECKING:  # not for a run that asks nothing of the Monitor
    from pytest_iflow.monitoring.artifacts import RuntimeArtifact


@given("the tenant has the iFlow {string}", may_skip=True)
def tenant_has_iflow(iflow: str, conversation: Conversation) -> None:
    """Go on only where this iFlow is deployed; elsewhere the scenario is skipped."""
    from pytest_iflow.monitoring.artifacts import find

    artifact = conversation.run.discovery.artifact(iflow)
    if find(artifact, conversation.require_monitor().runtime_artifacts()) is None:
        pytest.skip(f'{conversation.run.environment} has no iFlow "{iflow}"')


@given("the iFlow {string} is started")
def iflow_is_started(iflow: str, conversation: Conversation) -> None:
    """Expect that this iFlow is deployed and ready; named as in the tenant file, or by its id or name."""
    from pytest_iflow.monitoring.artifacts import require_started

    require_started(iflow, _deployed(iflow, conversation), conversation.require_monitor().artifact_error)


@then("the iFlow {string} is deployed in version {string}")
def iflow_has_version(iflow: str, version: str, conversation: Conversation) -> None:
    """Expect that this version of an iFlow is deployed: "1.0.4"."""
    from pytest_iflow.monitoring.artifacts import require_version

    require_version(iflow, _deployed(iflow, conversation), version)


def _deployed(iflow: str, conversation: Conversation) -> RuntimeArtifact:
    from pytest_iflow.monitoring.artifacts import require_deployed

    monitor = conversation.require_monitor()
    wanted = conversation.run.discovery.artifact(iflow)
    return monitor.runtime_artifact(wanted) or require_deployed(iflow, wanted, monitor.runtime_artifacts())
