"""Environments beside the one that a run tests: its scenarios send the same message there, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from threading import Lock

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.run import NoteKind, Run
from pytest_iflow.tenants.catalogue import another_environment
from pytest_iflow.tenants.credentials import Credentials, needs_emulator
from pytest_iflow.tenants.model import Environment


class OtherRun(Run):
    """What a run holds of an environment beside its own: credentials, connections, tokens, call rate.

    Files, and those who take exchanges and notes, are those of the run ``of`` which it is a part.
    """

    def __init__(self, of: Run, environment: Environment, environ: Mapping[str, str]) -> None:
        super().__init__(environment, environ, of.root, workers=of.workers)
        if environment.sha256:
            of.files.note_hash(environment.folder / f"{environment.tenant}.toml", environment.sha256)
        self.files = of.files
        self.observers, self.before_calls = of.observers, of.before_calls
        self.note_takers = of.note_takers

    @cached_property
    def credentials(self) -> Credentials:
        """The service keys of the environment: those that its tenant file names."""
        keys = self.emulator_keys
        return Credentials(self.environment, self.environ, Path(keys) if keys else None, is_tested=False)

    def note(self, title: str, text: str, kind: NoteKind = NoteKind.FINDING, brief: str = "") -> None:
        """Show what was found out about a message, under the name of the environment."""
        super().note(f"{self.environment}: {title}", text, kind, brief)


class OtherEnvironments:
    """Finds environments by the names that scenarios give them, each once for a run.

    ``tenants`` is the folder of the tenant files, ``process`` the variables of this process. ``prepare`` is
    called with each environment that is found.
    """

    def __init__(
        self, run: Run, tenants: Path, process: Mapping[str, str], prepare: Callable[[Environment], None]
    ) -> None:
        self.variables = run.variables
        """The variables that names of environments may have, beside the columns of a row."""
        self.called: set[str] = set()
        """Names of the environments that scenarios call: who collects them adds to it."""
        self.tested = run
        """What is held of the tested environment."""
        self._tenants = tenants
        self._process = process
        self._prepare = prepare
        self._by_name: dict[str, Run | ConfigurationError] = {}
        self._others: dict[str, OtherRun] = {}
        self._lock = Lock()

    def run_of(self, name: str) -> Run:
        """Return what is held of an environment; of the tested one that is the run itself.

        ``name`` is that of a tenant ("prod"), with an environment ("prod/live"), or of an environment of the
        tested tenant ("/live"). Raises ConfigurationError where there is none, where its file is broken, and
        where the client of most calls has no service key.
        """
        with self._lock:
            if name not in self._by_name:
                try:
                    self._by_name[name] = self._find(name)
                except ConfigurationError as error:
                    self._by_name[name] = error
        found = self._by_name[name]
        if isinstance(found, ConfigurationError):
            raise found.copy()
        return found

    def _find(self, name: str) -> Run:
        own = self.tested.environment
        tenant, _, stage = name.partition("/")
        tenant = tenant or own.tenant
        if tenant == own.tenant and stage in {"", own.name}:
            return self.tested
        root = self.tested.root
        environment, environ = another_environment(root, self._tenants, tenant, stage or None, self._process)
        known = self._others.get(str(environment))
        if known is None:
            known = self._others[str(environment)] = OtherRun(self.tested, environment, environ)
            self._prepare(environment)
            if not needs_emulator(environment):
                known.check_default_client()
        return known

    def start_emulators(self) -> None:
        """Start the emulators of those that are called and need one; each is awaited later."""
        for other in self._others.values():
            if str(other.environment) in self.called:
                other.start_local_tenant()

    def close(self) -> None:
        """Close the connections and stop the emulators."""
        for other in self._others.values():
            other.close()
