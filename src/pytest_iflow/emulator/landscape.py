"""The one place of state: everything that the planes of one running landscape share.

Only the event loop's thread touches it, so nothing here is locked. Flows run in other threads; they
get a message and give back a reply, and see nothing of this but ``stopping``.
"""

from __future__ import annotations

import threading
import uuid
from collections import deque
from dataclasses import dataclass, field

from pytest_iflow.emulator.counters import Counters
from pytest_iflow.emulator.instances import (
    ServiceInstance,
    api_instance,
    integration_flow_instance,
)
from pytest_iflow.emulator.message_log import RETAINED, MessageLog
from pytest_iflow.emulator.planes import Planes
from pytest_iflow.emulator.signing_key import SigningKey

SUBDOMAIN = "local-trial"


@dataclass(frozen=True, slots=True)
class Landscape:
    """One subaccount with its tenant, its service instances, and what has happened so far.

    ``stopping`` is set when the process is about to end: whoever waits, waits for this as well.
    """

    planes: Planes
    instances: tuple[ServiceInstance, ...]
    signing_key: SigningKey
    subdomain: str = SUBDOMAIN
    subaccount_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    counters: Counters = field(default_factory=Counters)
    message_logs: deque[MessageLog] = field(default_factory=lambda: deque(maxlen=RETAINED))
    stopping: threading.Event = field(default_factory=threading.Event)

    def instance(self, client_id: str) -> ServiceInstance | None:
        """Return the service instance of a client id, or None if there is none."""
        return next((each for each in self.instances if each.client_id == client_id), None)


def new_landscape(planes: Planes) -> Landscape:
    """Create a landscape with fresh secrets: two clients that may send, one that may not, one for the API."""
    return Landscape(
        planes=planes,
        instances=(
            integration_flow_instance(SUBDOMAIN, 139588, "integration-flow.json"),
            integration_flow_instance(SUBDOMAIN, 139589, "integration-flow-second.json"),
            integration_flow_instance(SUBDOMAIN, 139590, "integration-flow-without-role.json", roles=()),
            api_instance(55028, "api.json"),
        ),
        signing_key=SigningKey.generate(),
    )
