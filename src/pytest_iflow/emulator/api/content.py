"""Keeps the tables of integration content in step with what is designed and deployed."""

from __future__ import annotations

import io
import time
import uuid
import zipfile
from collections.abc import Callable
from importlib import resources

from pytest_iflow.emulator.flows.message import Flow, Protocol
from pytest_iflow.emulator.flows.registry import DeployedFlow
from pytest_iflow.emulator.landscape import Landscape

MILLISECONDS = 1000
TASKS_RETAINED = 1000
MONITOR_PAGE = ("/itspaces/shell/monitoring/MessageDetails/%7B%22messageGuid%22%3A%22", "%22%7D")
"""What stands before and after the id in the address of a message's page; assumed, wire-facts show none."""

# As in wire-facts 5.3.
PROTOCOLS: dict[Protocol, str] = {"http": "REST", "cxf": "SOAP", "odata": "ODATAV2"}
ALL_ROWS = {"deployed": "(?, ?, ?, ?, ?, ?)", "endpoint": "(?, ?, ?, ?, ?, ?, ?)"}


class TenantContent:
    """The tables beside those of the message logs; belongs to the event loop's thread."""

    def __init__(self, landscape: Landscape, clock: Callable[[], float] = time.time) -> None:
        self._landscape = landscape
        self._clock = clock
        self._lock = landscape.message_logs.lock
        self._database = landscape.message_logs.database
        self._written: list[tuple[DeployedFlow, bool]] | None = None
        with self._lock:
            for file in ("content_tables.sql", "log_views.sql"):
                script = resources.files(__package__).joinpath(file).read_text(encoding="utf-8")
                self._database.executescript(script)
            before, after = MONITOR_PAGE
            self._database.execute(
                "INSERT OR REPLACE INTO monitor VALUES (1, ?, ?)", (f"{landscape.planes.api}{before}", after)
            )
            self._database.executemany(
                "INSERT OR REPLACE INTO designed VALUES (?, ?, ?, ?, ?)",
                [_designed(flow) for flow in landscape.deployment.flows],
            )

    def refresh(self) -> None:
        """Write what is deployed, and the endpoints that are listed by now, if either has changed."""
        listed_until = self._clock() - self._landscape.profile.endpoint_delay
        current = [(each, each.deployed_on <= listed_until) for each in self._landscape.deployment.deployed]
        if current == self._written:
            return
        with self._lock:
            for table, rows in (
                ("deployed", [_deployed(each) for each, _ in current]),
                ("endpoint", [self._endpoint(each) for each, listed in current if listed]),
            ):
                # Names and marks are those above.
                self._database.execute(f"DELETE FROM {table}")  # noqa: S608
                self._database.executemany(f"INSERT INTO {table} VALUES {ALL_ROWS[table]}", rows)  # noqa: S608
        self._written = current

    def deploy(self, artifact: str) -> str | None:
        """Deploy a flow and return the id of the task that did it; None if there is no such flow.

        The task is done at once (assumed; it takes a tenant a minute).
        """
        if self._landscape.deployment.flow(artifact) is None:
            return None
        self._landscape.deployment.deploy(artifact)
        task = str(uuid.uuid4())
        with self._lock:
            self._database.execute("INSERT INTO deploy_task VALUES (?, 'SUCCESS')", (task,))
            self._database.execute(
                "DELETE FROM deploy_task WHERE rowid <= (SELECT max(rowid) FROM deploy_task) - ?",
                (TASKS_RETAINED,),
            )
        return task

    def undeploy(self, artifact: str) -> bool:
        """Take a flow out of the runtime; False if it is not deployed."""
        return self._landscape.deployment.undeploy(artifact)

    def _endpoint(self, deployed: DeployedFlow) -> tuple[str | int, ...]:
        flow = deployed.flow
        return (
            f"{flow.artifact}$endpointAddress={flow.address.removeprefix('/')}",
            flow.artifact,
            flow.name,
            deployed.version,
            round(deployed.deployed_on * MILLISECONDS),
            PROTOCOLS[flow.protocol],
            f"{self._landscape.planes.runtime}{flow.path}",
        )


def _designed(flow: Flow) -> tuple[str | bytes, ...]:
    return flow.artifact, flow.name, flow.package, flow.version, _archive(flow)


def _deployed(deployed: DeployedFlow) -> tuple[str | int, ...]:
    return (
        deployed.flow.artifact,
        deployed.flow.name,
        deployed.version,
        deployed.deployed_by,
        round(deployed.deployed_on * MILLISECONDS),
        deployed.status,
    )


def _archive(flow: Flow) -> bytes:
    """Pack the manifest that a flow's archive has; it holds no model of the flow (assumed)."""
    manifest = (
        "Manifest-Version: 1.0\r\n"
        f"Bundle-SymbolicName: {flow.artifact}\r\n"
        f"Bundle-Name: {flow.name}\r\n"
        f"Bundle-Version: {flow.version}\r\n"
        "SAP-BundleType: IntegrationFlow\r\n"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/MANIFEST.MF", manifest)
    return packed.getvalue()
