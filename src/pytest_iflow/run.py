"""What one run holds in one process: the environment with its credentials, connections and tokens."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

from pytest_iflow.checks.schema import SchemaStore, shipped_schemas
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.local_tenant import LocalTenant
from pytest_iflow.oauth.source import TokenSource
from pytest_iflow.runtime.caller import DEFAULT_CLIENT
from pytest_iflow.tenants.credentials import Credentials, needs_emulator
from pytest_iflow.tenants.model import Environment
from pytest_iflow.transport.connections import Connections
from pytest_iflow.transport.exchange import Exchange


class Run:
    """One run against one environment; parts are made when they are first asked for.

    ``root`` is the folder of the project. ``emulator_keys`` is given to workers, which share the emulator
    that the controller started.
    """

    def __init__(
        self,
        environment: Environment,
        environ: Mapping[str, str],
        root: Path,
        emulator_keys: str | None = None,
    ) -> None:
        self.environment = environment
        self.environ = environ
        self.root = root
        self.observers: list[Callable[[Exchange], None]] = []
        self._shared_keys = emulator_keys
        self._local_tenant: LocalTenant | None = None

    def start_local_tenant(self) -> None:
        """Start the emulator where the environment needs one and none is shared; it is awaited later."""
        if self._shared_keys is None and self._local_tenant is None and needs_emulator(self.environment):
            self._local_tenant = LocalTenant(self.environment)

    @cached_property
    def emulator_keys(self) -> str | None:
        """Folder with the keys of the running emulator; None for a tenant without one."""
        self.start_local_tenant()
        return str(self._local_tenant.keys()) if self._local_tenant else self._shared_keys

    @cached_property
    def credentials(self) -> Credentials:
        """The service keys of the environment."""
        keys = self.emulator_keys
        return Credentials(self.environment, self.environ, Path(keys) if keys else None)

    @cached_property
    def connections(self) -> Connections:
        """The connections to the tenant, each exchange shown to ``observers``."""
        return Connections(self.environment, self.credentials, self.environ, self._observe)

    @cached_property
    def tokens(self) -> TokenSource:
        """The tokens of the run."""
        return TokenSource(self.environment, self.credentials, self.connections.token_service)

    @cached_property
    def schemas(self) -> SchemaStore:
        """The schemas of the project, and those that ship with the plugin."""
        return SchemaStore([self.root / "schemas", shipped_schemas()])

    def check_default_client(self) -> None:
        """Raise ``ConfigurationError`` unless the client of most calls has a service key that can be used.

        Other clients may lack theirs: a scenario that needs one says so.
        """
        clients = self.environment.clients
        self.credentials.service_key(DEFAULT_CLIENT if DEFAULT_CLIENT in clients else next(iter(clients)))

    def hosts(self) -> dict[str, str]:
        """Host names by plane, of the first client with a good key; empty while nothing was asked for."""
        if "credentials" not in self.__dict__:
            return {}
        for name in self.environment.clients:
            with contextlib.suppress(ConfigurationError):
                key = self.credentials.service_key(name)
                return {"token": key.token_url.split("/")[2], "runtime": key.url.split("/")[2]}
        return {}

    def close(self) -> None:
        """Close the connections and stop the emulator, as far as there are any."""
        if "connections" in self.__dict__:
            self.connections.close()
        if self._local_tenant is not None:
            self._local_tenant.stop()
            self._local_tenant = None

    def _observe(self, exchange: Exchange) -> None:
        for observer in self.observers:
            observer(exchange)
