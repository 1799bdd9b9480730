"""What the diagnosis may ask of a run: its credentials, its connections, and the tenant itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pytest_iflow.monitoring.clock import ClockDifference
    from pytest_iflow.monitoring.discovery import Discovery
    from pytest_iflow.monitoring.monitor import Monitor
    from pytest_iflow.oauth.source import TokenSource
    from pytest_iflow.tenants.credentials import Credentials
    from pytest_iflow.tenants.model import Environment
    from pytest_iflow.transport.connection import Connections


class TenantAccess(Protocol):
    """The part of a ``Run`` that the diagnosis knows; its attributes mean what they mean there."""

    @property
    def environment(self) -> Environment:
        """The environment of the run."""

    @property
    def environ(self) -> Mapping[str, str]:
        """The variables of the process with all ``.env`` files."""

    @property
    def credentials(self) -> Credentials:
        """The service keys of the environment."""

    @property
    def connections(self) -> Connections:
        """The connections to the tenant."""

    @property
    def tokens(self) -> TokenSource:
        """The tokens of the run."""

    @property
    def clock(self) -> ClockDifference:
        """How far the tenant's clock is from ours."""

    @property
    def monitor(self) -> Monitor | None:
        """The questions to the monitoring API; None without a key of plan api."""

    @property
    def discovery(self) -> Discovery:
        """Where iFlows are called."""

    @property
    def first_client(self) -> str:
        """The client of most calls."""
