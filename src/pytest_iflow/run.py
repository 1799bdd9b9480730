"""What one run holds in one process: the environment with its credentials, connections and tokens."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Generic, TypeVar

import pytest
from msgspec import Struct

from pytest_iflow.checks.golden import GoldenMessages
from pytest_iflow.checks.golden_update import GoldenWriter
from pytest_iflow.checks.schema import SchemaStore, schema_store, shipped_schemas
from pytest_iflow.checks.xpath import NAMESPACES_FILE, read_namespaces
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.oauth.source import TokenSource
from pytest_iflow.runtime.caller import DEFAULT_CLIENT, CallRate, IflowCaller
from pytest_iflow.tenants.catalogue import feature_variables, unset_variables
from pytest_iflow.tenants.credentials import Credentials, needs_emulator
from pytest_iflow.tenants.model import Environment
from pytest_iflow.tenants.suite_files import SuiteFiles
from pytest_iflow.transport.connection import Connections
from pytest_iflow.transport.exchange import LOG_LEVEL, Exchange

if TYPE_CHECKING:
    from pytest_iflow.local_tenant import LocalTenant
    from pytest_iflow.monitoring.discovery import Discovery
    from pytest_iflow.monitoring.monitor import Monitor
    from pytest_iflow.monitoring.pacing import Pacing
    from pytest_iflow.monitoring.timing import ClockDifference
    from pytest_iflow.oauth.token import Token
    from pytest_iflow.runtime.mocked_receivers import LocalAdministration


class NoteKind(Enum):
    """What a note is: a finding in words, the log of a message, or nothing but its address in the Monitor."""

    FINDING = "finding"
    MESSAGE_LOG = "message log"
    MONITOR_PAGE = "page in the Monitor"


class Note(Struct, frozen=True):
    """What was found out while a scenario ran, for its report; ``brief`` is what of it matters first."""

    title: str
    text: str
    kind: NoteKind = NoteKind.FINDING
    brief: str = ""


_Part = TypeVar("_Part")


class _MadeOnce(Generic[_Part]):
    """A part of a run that is made when it is first asked for, by one thread for all."""

    def __init__(self, make: Callable[[Run], _Part]) -> None:
        self.__doc__ = make.__doc__
        self._make = make
        self._name = make.__name__

    def __get__(self, run: Run, owner: type[Run]) -> _Part:
        made = vars(run)
        with run.making:
            if self._name not in made:
                made[self._name] = self._make(run)  # from now on Python finds it there
            part: _Part = made[self._name]
        return part


class Run:
    """One run against one environment; parts are made when they are first asked for.

    ``root`` is the folder of the project. ``emulator_keys`` is given to workers, which share the emulator
    that the controller started. ``workers`` is in how many processes the run goes on, those of other shards
    included: each has its share of what the tenant allows. ``problems`` are what ``before_run`` found to be
    broken, masked texts. ``files`` are those that features may read.
    ``unchecked_formats`` are those of JSON Schema that nobody could check, each with its schema.
    ``before_calls`` are called before each message is sent. ``golden_writer`` is there with
    ``--update-golden``. ``reads_step_logs`` and ``debug_logs`` are for ``--flow-coverage`` on a real tenant.
    """

    def __init__(
        self,
        environment: Environment,
        environ: Mapping[str, str],
        root: Path,
        emulator_keys: str | None = None,
        workers: int = 1,
    ) -> None:
        self.environment = environment
        self.environ = environ
        self.root = root
        self.workers = workers
        self.files = SuiteFiles(root, environment.files, shipped_schemas())
        if environment.sha256:
            self.files.note_hash(environment.folder / f"{environment.tenant}.toml", environment.sha256)
        self.observers: list[Callable[[Exchange], None]] = []
        self.before_calls: list[Callable[[], None]] = []
        self.note_takers: list[Callable[[Note], None]] = []
        self.golden_writer: GoldenWriter | None = None
        self.problems: tuple[str, ...] = ()
        self.unchecked_formats: set[str] = set()
        self.reads_step_logs = self.debug_logs = False
        self.making = RLock()
        self._shared_keys = emulator_keys
        self._call_rate = CallRate(environment.limits.calls / workers)
        self._local_tenant: LocalTenant | None = None

    def start_local_tenant(self) -> None:
        """Start the emulator where the environment needs one and none is shared; it is awaited later."""
        if self._shared_keys is None and self._local_tenant is None and needs_emulator(self.environment):
            from pytest_iflow.local_tenant import LocalTenant

            self._local_tenant = LocalTenant(self.environment, self.root)

    @_MadeOnce
    def emulator_keys(self) -> str | None:
        """Folder with the keys of the running emulator; None for a tenant without one."""
        self.start_local_tenant()
        return str(self._local_tenant.keys()) if self._local_tenant else self._shared_keys

    @_MadeOnce
    def credentials(self) -> Credentials:
        """The service keys of the environment."""
        keys = self.emulator_keys
        return Credentials(self.environment, self.environ, Path(keys) if keys else None)

    @_MadeOnce
    def connections(self) -> Connections:
        """The connections to the tenant, each exchange shown to ``observers``."""
        return Connections(self.environment, self.credentials, self.environ, self._observe)

    @_MadeOnce
    def tokens(self) -> TokenSource:
        """The tokens of the run."""
        return TokenSource(self.environment, self.credentials, self.connections.token_service, self.note)

    @_MadeOnce
    def clock(self) -> ClockDifference:
        """How far the tenant's clock is from ours, by every answer of the run."""
        from pytest_iflow.monitoring.timing import ClockDifference

        return ClockDifference()

    @_MadeOnce
    def pacing(self) -> Pacing:
        """When an iFlow may be called, where only the time tells the logs of its calls apart."""
        from pytest_iflow.monitoring.pacing import Pacing

        return Pacing(self.environment, self.clock, self.discovery.path, self.workers)

    @_MadeOnce
    def monitor(self) -> Monitor | None:
        """The questions to the tenant's monitoring API; None without a service key of plan api.

        Raises ``ConfigurationError`` for a key that cannot be used.
        """
        client = self.credentials.api_client()
        if client is None:
            return None
        from pytest_iflow.monitoring.api import (
            MonitoringApi,
            Throttle,
        )
        from pytest_iflow.monitoring.monitor import Monitor

        url = self.credentials.service_key(client).url
        throttle = Throttle(self.workers)
        connection = self.connections.api(client)
        return Monitor(MonitoringApi(connection, url, client, self.tokens, throttle, self.note))

    @_MadeOnce
    def discovery(self) -> Discovery:
        """Where the iFlows of the run are called."""
        from pytest_iflow.monitoring.discovery import Discovery

        return Discovery(self.environment, lambda: self.monitor)

    @_MadeOnce
    def local_administration(self) -> LocalAdministration:
        """What can be ordered of the local tenant that this run uses."""
        from pytest_iflow.runtime.mocked_receivers import LocalAdministration

        keys = Path(self.emulator_keys or "")
        return LocalAdministration(self.environment, self.credentials, self.environ, keys)

    def caller(
        self,
        token_for: Callable[[str], Token] | None = None,
        note: Callable[[str, str], None] | None = None,
    ) -> IflowCaller:
        """Return what calls iFlows of the environment.

        ``token_for`` takes the place of the run's own tokens, ``note`` that of its ``note``.
        """
        return IflowCaller(
            self.environment,
            self.credentials,
            self.tokens,
            self.connections.runtime,
            token_for or self.tokens.token,
            self.discovery.path,
            note or self.note,
            self._announce_call,
            {LOG_LEVEL: "DEBUG"} if self.debug_logs else {},
        )

    @_MadeOnce
    def schemas(self) -> SchemaStore:
        """The schemas of the project, and those that ship with the plugin."""
        return schema_store(self.files)

    @_MadeOnce
    def namespaces(self) -> dict[str, str]:
        """The prefixes that the suite declares for its XPaths."""
        return read_namespaces(self.root / NAMESPACES_FILE, self.files.read)

    @_MadeOnce
    def golden_messages(self) -> GoldenMessages:
        """The golden messages of the project."""
        return GoldenMessages(
            lambda name, beside: self.files.find(name, beside, "payloads"),
            self.files.read,
            self.namespaces,
            self.golden_writer,
        )

    @property
    def first_client(self) -> str:
        """The client of most calls: "default", else the first of the tenant file."""
        clients = self.environment.clients
        return DEFAULT_CLIENT if DEFAULT_CLIENT in clients else next(iter(clients))

    @property
    def variables(self) -> dict[str, str]:
        """What features may name as ``${name}`` in every scenario, unless it cannot be read."""
        return feature_variables(self.environment, self.environ)

    @property
    def unset_variables(self) -> dict[str, str]:
        """Variables of the tenant file that stand for one of the process that is not set, with its name."""
        return unset_variables(self.environment, self.environ)

    def check_default_client(self) -> None:
        """Raise ``ConfigurationError`` unless the client of most calls has a service key that can be used.

        Other clients may lack theirs: a scenario that needs one says so. The rest is read as well, so that
        their secrets are masked from the start. The file of CAs has to be there: each call would miss it.
        """
        self.credentials.service_key(self.first_client)
        self.credentials.read_all()
        self.credentials.ca_bundle()

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
        if "local_administration" in self.__dict__:
            self.local_administration.close()
        if self._local_tenant is not None:
            self._local_tenant.stop()
            self._local_tenant = None

    def note(self, title: str, text: str, kind: NoteKind = NoteKind.FINDING, brief: str = "") -> None:
        """Show what was found out about a message to all who take notes."""
        for take in self.note_takers:
            take(Note(title, text, kind, brief))

    def _announce_call(self) -> None:
        self._call_rate.wait()
        for tell in self.before_calls:
            tell()

    def _observe(self, exchange: Exchange) -> None:
        self.clock.observe(exchange)
        if exchange.iflow is not None:
            self.pacing.observe(exchange)
        for observer in self.observers:
            observer(exchange)


RUN = pytest.StashKey[Run]()
"""Key of the configuration's stash under which the run stands."""
