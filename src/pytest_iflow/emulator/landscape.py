"""The one place of state: everything that the planes of one running landscape share.

Only the event loop's thread touches it, so nothing here is locked. Flows run in other threads; they
get a message and give back a reply, and see nothing of this but ``stopping``, ``orders``, ``mocks``,
``passages`` and ``prints``.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from dataclasses import dataclass, field

from pytest_iflow.emulator.certificates import ClientAuthority
from pytest_iflow.emulator.counters import Counters
from pytest_iflow.emulator.flows.local_flows import LocalEngine
from pytest_iflow.emulator.flows.message import Flow
from pytest_iflow.emulator.flows.order_store import OrderStore
from pytest_iflow.emulator.flows.passed import Passages
from pytest_iflow.emulator.flows.registry import FLOWS, Deployment
from pytest_iflow.emulator.flows.script_prints import ScriptPrints
from pytest_iflow.emulator.instances import ServiceInstance, create_instances
from pytest_iflow.emulator.message_logs.log_levels import LogLevels
from pytest_iflow.emulator.message_logs.message_logs import MessageLogs
from pytest_iflow.emulator.mocks.mocks import Mocks
from pytest_iflow.emulator.rsa_keys import SigningKey
from pytest_iflow.emulator.start import Planes, Profile

SUBDOMAIN = "local-trial"


@dataclass(slots=True)
class Landscape:
    """One subaccount with its tenant, its service instances, and what has happened so far.

    ``client_ca`` is the CA of the clients' certificates (PEM).
    ``profile`` may be replaced while the landscape runs, so it is read afresh for each request.

    ``created`` is of the monotonic clock: the moment at which the clients got their roles.

    ``stopping`` is set when the process is about to end: whoever waits, waits for this as well.
    """

    planes: Planes
    instances: tuple[ServiceInstance, ...]
    client_ca: str
    signing_key: SigningKey
    profile: Profile = field(default_factory=Profile)
    subdomain: str = SUBDOMAIN
    subaccount_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    counters: Counters = field(default_factory=Counters)
    message_logs: MessageLogs = field(init=False)
    deployment: Deployment = field(default_factory=lambda: Deployment(FLOWS))
    engine: LocalEngine = field(default_factory=LocalEngine)
    stopping: threading.Event = field(default_factory=threading.Event)
    orders: OrderStore = field(default_factory=OrderStore)
    mocks: Mocks = field(default_factory=Mocks)
    passages: Passages = field(default_factory=Passages)
    prints: ScriptPrints = field(default_factory=ScriptPrints)
    log_levels: LogLevels = field(default_factory=LogLevels)
    created: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.message_logs = MessageLogs(delay=self._log_delay)

    def _log_delay(self) -> float:
        # No secret depends on it.
        return self.profile.log_delay + random.uniform(0.0, self.profile.log_jitter)  # noqa: S311

    def now(self) -> float:
        """Return the time of the landscape's clock, in seconds since 1970, UTC."""
        return time.time() + self.profile.clock_skew

    def instance(self, client_id: str) -> ServiceInstance | None:
        """Return the service instance of a client id, or None if there is none."""
        return next((each for each in self.instances if each.client_id == client_id), None)


def new_landscape(
    planes: Planes,
    profile: Profile | None = None,
    local_flows: tuple[Flow, ...] = (),
    engine: LocalEngine | None = None,
) -> Landscape:
    """Create a landscape with the service instances of the table and fresh secrets.

    ``local_flows`` are deployed beside the flows that every local tenant has; ``engine`` runs uploaded ones.
    """
    client_authority = ClientAuthority.create()
    return Landscape(
        planes=planes,
        instances=create_instances(SUBDOMAIN, client_authority),
        client_ca=client_authority.pem,
        signing_key=SigningKey.generate(),
        profile=profile or Profile(),
        deployment=Deployment((*FLOWS, *local_flows)),
        engine=engine or LocalEngine(),
    )
