"""Keeps the tables of integration content in step with what is designed and deployed."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from importlib import resources

from pytest_iflow.emulator.api.design_time import GENERATION_FAILED, DesignTime, GenerationError
from pytest_iflow.emulator.api.operation_sets import create_tables
from pytest_iflow.emulator.flows.message import Flow, Protocol
from pytest_iflow.emulator.flows.registry import DeployedFlow, RuntimeStatus
from pytest_iflow.emulator.landscape import Landscape

MILLISECONDS = 1000
TASKS_RETAINED = 1000
MONITOR_PAGE = ("/itspaces/shell/monitoring/MessageDetails/%7B%22messageGuid%22%3A%22", "%22%7D")
"""What stands before and after the id in the address of a message's page; assumed, wire-facts show none."""

# As in wire-facts 5.3.
PROTOCOLS: dict[Protocol, str] = {"http": "REST", "cxf": "SOAP", "odata": "ODATAV2"}
ALL_ROWS = {"deployed": "(?, ?, ?, ?, ?, ?, ?, ?)", "endpoint": "(?, ?, ?, ?, ?, ?, ?)"}


class TenantContent:
    """The tables beside those of the message logs; belongs to the event loop's thread."""

    def __init__(self, landscape: Landscape, clock: Callable[[], float] = time.time) -> None:
        self._landscape = landscape
        self._clock = clock
        self.lock = landscape.message_logs.lock
        self.database = landscape.message_logs.database
        self._written: list[tuple[DeployedFlow, RuntimeStatus, bool]] | None = None
        self._building: dict[str, tuple[float, str]] = {}
        with self.lock:
            for file in ("content_tables.sql", "log_views.sql"):
                script = resources.files(__package__).joinpath(file).read_text(encoding="utf-8")
                self.database.executescript(script)
            create_tables(self.database)
            before, after = MONITOR_PAGE
            self.database.execute(
                "INSERT OR REPLACE INTO monitor VALUES (1, ?, ?)", (f"{landscape.planes.api}{before}", after)
            )
        self.design_time = DesignTime(landscape.deployment, self.database, self.lock)
        self.design_time.refresh()

    def refresh(self) -> None:
        """Write what is deployed, and the endpoints that are listed by now, if either has changed."""
        self.design_time.refresh()
        self._end_builds()
        listed_until = self._clock() - self._landscape.profile.endpoint_delay
        current = [
            (each, each.status, each.answers and each.started_on <= listed_until)
            for each in self._landscape.deployment.deployed
        ]
        if current == self._written:
            return
        with self.lock:
            for table, rows in (
                ("deployed", [_deployed(each, status) for each, status, _ in current]),
                (
                    "endpoint",
                    [
                        self._endpoint(each, entry)
                        for each, _, listed in current
                        for entry in each.flow.entries
                        if listed and _is_endpoint(entry)
                    ],
                ),
            ):
                # Names and marks are those above.
                self.database.execute(f"DELETE FROM {table}")  # noqa: S608
                self.database.executemany(f"INSERT INTO {table} VALUES {ALL_ROWS[table]}", rows)  # noqa: S608
        self._written = current

    def deploy(self, artifact: str) -> str:
        """Deploy a designed artifact and return the id of the task that did it.

        The task is done after half of the profile's ``deploy_delay``, the artifact started after all of it,
        so that one waits twice (wire-facts 5.3). A build that fails ends in FAIL, its artifact in ERROR
        (5.10).
        """
        profile = self._landscape.profile
        built, error = None, None
        try:
            built = self.design_time.build(artifact, self._landscape.engine)
        except GenerationError as failure:
            error = str(failure)
        # No secret depends on it.
        if random.random() < profile.deploy_failure:  # noqa: S311
            error = GENERATION_FAILED
        self._landscape.deployment.deploy(artifact, seconds=profile.deploy_delay, error=error, built=built)
        task = str(uuid.uuid4())
        self._building[task] = (self._clock() + profile.deploy_delay / 2, "FAIL" if error else "SUCCESS")
        with self.lock:
            self.database.execute("INSERT INTO deploy_task VALUES (?, 'DEPLOYING')", (task,))
            self.database.execute(
                "DELETE FROM deploy_task WHERE rowid <= (SELECT max(rowid) FROM deploy_task) - ?",
                (TASKS_RETAINED,),
            )
        return task

    def _end_builds(self) -> None:
        now = self._clock()
        for task in [task for task, (end, _) in self._building.items() if end <= now]:
            _, status = self._building.pop(task)
            with self.lock:
                self.database.execute("UPDATE deploy_task SET status = ? WHERE id = ?", (status, task))

    def delete_package(self, identifier: str) -> None:
        """Delete a package; it can be read for a while. Raises ODataError if there is none."""
        self.design_time.delete_package(identifier, self._landscape.profile.undeploy_delay)

    def undeploy(self, artifact: str) -> bool:
        """Take a flow out of the runtime; False if it is not deployed. It is STOPPING for a while."""
        self._landscape.log_levels.forget(artifact)
        seconds = self._landscape.profile.undeploy_delay
        return self._landscape.deployment.undeploy(artifact, seconds=seconds)

    def _endpoint(self, deployed: DeployedFlow, flow: Flow) -> tuple[str | int, ...]:
        return (
            f"{flow.artifact}$endpointAddress={flow.address.removeprefix('/')}",
            flow.artifact,
            flow.name,
            deployed.version,
            round(deployed.deployed_on * MILLISECONDS),
            PROTOCOLS[flow.protocol],
            f"{self._landscape.planes.runtime}{flow.path}",
        )


def _is_endpoint(flow: Flow) -> bool:
    return bool(flow.address) and flow.has_sender


def _deployed(deployed: DeployedFlow, status: RuntimeStatus) -> tuple[str | int | None, ...]:
    return (
        deployed.flow.artifact,
        deployed.flow.name,
        deployed.version,
        deployed.deployed_by,
        round(deployed.deployed_on * MILLISECONDS),
        status,
        deployed.flow.type,
        deployed.error,
    )
