"""Which version of each artifact is deployed on the tenant, for the report of a run."""

from __future__ import annotations

import time

from pytest_iflow.errors import IflowError
from pytest_iflow.run import Run

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
