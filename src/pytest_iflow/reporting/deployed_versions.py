"""Which artifacts are deployed on the tenant, and which of them scenarios called, for the report of a run."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from pytest_iflow.errors import IflowError
from pytest_iflow.monitoring.discovery import artifact_at
from pytest_iflow.results.scenario_result import ScenarioResult
from pytest_iflow.run import Run
from pytest_iflow.runtime.addresses import runtime_path

PATIENCE = 15.0
"""Seconds that the end of a run waits for the list."""


def deployed_versions(run: Run) -> dict[str, str]:
    """Return the version by artifact id, from the last list that this process asked for, else by asking.

    Empty without a service key of plan api, and where the tenant does not answer: a report can do without.
    """
    try:
        if run.monitor is None:
            return {}
        listed = run.monitor.listed_artifacts
        if listed is None:
            listed = run.monitor.runtime_artifacts(deadline=time.monotonic() + PATIENCE)
    except IflowError:
        return {}
    return {each.id: each.version for each in sorted(listed, key=lambda each: each.id)}


def by_artifact(
    scenarios: Iterable[ScenarioResult], deployed: Mapping[str, str], run: Run
) -> tuple[ScenarioResult, ...]:
    """Return the scenarios with the ids of the artifacts that they called, where the name is another.

    The tenant file may give no more than an address. Then the tenant's list of endpoints tells whose it is;
    what it does not tell stays as it was called, as do all names where nothing is known to be ``deployed``.
    """
    found = tuple(scenarios)
    unknown = {name for each in found for name in each.iflows} - deployed.keys() if deployed else set()
    ids = {name: artifact for name in unknown if (artifact := _artifact(name, run))}
    return tuple(
        replace(each, iflows=tuple(dict.fromkeys(ids.get(name, name) for name in each.iflows)))
        if not ids.keys().isdisjoint(each.iflows)
        else each
        for each in found
    )


def _artifact(name: str, run: Run) -> str | None:
    iflow = run.environment.iflows.get(name)
    address = name if iflow is None else iflow.address
    try:
        if run.monitor is None or address is None or not address.startswith("/"):
            return None
        return artifact_at(runtime_path(address), run.discovery.endpoints(run.monitor))
    except IflowError:
        return None
