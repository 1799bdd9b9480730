"""The scenarios of a suite as pytest collects them, for no tenant, with what keeps each from running.

pytest runs in this process, with the settings, the conftests and the steps of the suite. It collects, and
runs nothing.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pytest_iflow.checks.schema import shipped_schemas
from pytest_iflow.checks.xpath import NAMESPACES_FILE, read_namespaces
from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.gherkin.binding import Binding
from pytest_iflow.gherkin.collector import COLLECTED, FAULTS, CollectedScenario
from pytest_iflow.gherkin.faults import Faults
from pytest_iflow.gherkin.step_index import StepIndex, fast_look_up
from pytest_iflow.gherkin.tags import marks_of_tags, register_known_tags, tag_parts
from pytest_iflow.lint.rules import Finding, known_rules
from pytest_iflow.plugin import fixtures
from pytest_iflow.plugin.entry import LINT, without_collections
from pytest_iflow.plugin.hooks import FeatureCollector
from pytest_iflow.plugin.step_modules import step_modules
from pytest_iflow.results.run_folder import reports_folder
from pytest_iflow.tenants.catalogue import Catalogue
from pytest_iflow.tenants.model import Environment
from pytest_iflow.tenants.suite_files import LARGEST, SuiteFiles, encoding_of, read_regular
from pytest_iflow.tenants.tenant_schema import line_of

_ENDED_WELL = frozenset({pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED})

_INTERNAL = "INTERNALERROR> "
"""How the lines begin in which pytest prints an error of a plugin or of a conftest."""

_LINES_OF_PYTEST = 40
"""Lines that are shown of what pytest says; what is wrong stands at the end."""

_OPTIONS = ("--assert=plain", "-m", "", "-k", "", "-n0", "--junitxml=", "--alluredir=")
"""Undoes what the settings of a suite may say of a run: a selection, workers, files to write. No asserts are
rewritten: much of what pytest would warn of is imported already."""


@dataclass(frozen=True, slots=True)
class CollectedRow:
    """A scenario, or one row of an outline; ``faults`` keep it from running."""

    scenario: CollectedScenario
    file: str
    is_skipped: bool
    faults: Faults | None


@dataclass(slots=True)
class CollectedSuite:
    """What was collected, and what the suite says of ``lint``."""

    root: Path
    rows: list[CollectedRow] = field(default_factory=list)
    off: frozenset[str] = frozenset()
    required_tags: tuple[tuple[str, ...], ...] = ()
    file_faults: list[Finding] = field(default_factory=list)
    tenants: Path = Path("tenants")
    reports: Path = Path("reports")

    def by_file(self) -> dict[str, list[CollectedRow]]:
        """Return the rows by the file of their feature."""
        found: dict[str, list[CollectedRow]] = {}
        for row in self.rows:
            found.setdefault(row.file, []).append(row)
        return found


def collect_suite(paths: Sequence[str]) -> CollectedSuite:
    """Collect what ``paths`` name, all of the suite without any.

    Raises ConfigurationError where pytest cannot collect: for a path that is not there, a broken conftest, or
    steps of the suite that cannot be imported.
    """
    plugin = _Lint()
    said = io.StringIO()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as cache, contextlib.redirect_stdout(said):
        options = ["--collect-only", "-qq", *_OPTIONS, "-o", f"cache_dir={cache}"]
        with contextlib.redirect_stderr(said), without_collections():
            code = pytest.main([*options, *map(_as_here, paths)], plugins=[plugin])
    if plugin.error is not None:
        raise plugin.error
    if plugin.is_interrupted:
        raise KeyboardInterrupt
    if code not in _ENDED_WELL:
        raise ConfigurationError(
            f"pytest cannot collect the suite:\n{_said_last(said.getvalue())}",
            remedy="correct it; pytest --tenant=local --collect-only says the same",
        )
    if not plugin.suite.rows:
        raise ConfigurationError(
            "There is no feature file.",
            where=", ".join(paths) or str(plugin.suite.root),
            remedy="write one into the folder features; pytest-iflow init DIR makes a suite to begin with",
        )
    return plugin.suite


def text_of(path: Path) -> str:
    """Return the text of a file; empty for one that cannot be read, or is larger than what people write."""
    try:
        if path.stat().st_size > LARGEST:
            return ""
        data = read_regular(path)
        return data.decode(encoding_of(data), "replace")
    except OSError:
        return ""


def _said_last(text: str) -> str:
    """Return what pytest printed, of an error within a plugin or a conftest only its last line."""
    lines = text.strip().splitlines()
    internal = [line for line in lines if line.startswith(_INTERNAL)]
    return internal[-1].removeprefix(_INTERNAL) if internal else "\n".join(lines[-_LINES_OF_PYTEST:])


def _as_here(path: str) -> str:
    """Return a path as this system writes it; one of Windows may be given anywhere."""
    other = path.replace("\\", "/")
    return other if "\\" in path and not Path(path).exists() and Path(other).exists() else path


class _Lint:
    """The plugin of pytest that collects for ``lint``; the others leave this run to it."""

    def __init__(self) -> None:
        self.__name__ = LINT  # pytest registers it by this name
        self.suite = CollectedSuite(Path.cwd())
        self.error: IflowError | None = None
        self.is_interrupted = False
        self._index: StepIndex | None = None
        self._files = SuiteFiles(Path.cwd())
        self._variables: set[str] = set()
        self._environments: list[Environment] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Bring in what collects, and the steps of the suite."""
        register_known_tags(config)
        root = config.rootpath
        self.suite.root = root
        self.suite.tenants = root / (config.getini("iflow_tenants") or "tenants")
        self.suite.reports = reports_folder(config.rootpath, config.getini("iflow_reports"))
        try:
            self.suite.off = known_rules(config.getini("iflow_lint_off"), "the setting iflow_lint_off")
            lines = config.getini("iflow_required_tags")
            self.suite.required_tags = tuple(tuple(line.replace("@", "").split()) for line in lines)
            self._read_settings(root)
            modules = list(step_modules(root))
        except IflowError as error:
            self.error = error
            raise pytest.UsageError(str(error)) from error
        resources = ExitStack()
        config.add_cleanup(resources.close)
        self._index = resources.enter_context(fast_look_up())
        for plugin in (FeatureCollector(config, self._files), fixtures, *modules):
            config.pluginmanager.register(plugin)

    def _read_settings(self, root: Path) -> None:
        """Note which variables tenants give, and which files they allow; a broken file is a finding."""
        catalogue = Catalogue(self.suite.tenants, {})
        allowed: dict[Path, None] = {}
        self._variables = {"tenant", "environment"}
        namespaces = root / NAMESPACES_FILE
        try:
            read_namespaces(namespaces, read_regular)
        except ConfigurationError as error:
            self._note_broken(namespaces, "namespaces-file", error)
        for name in catalogue.names():
            try:
                environments = catalogue.tenant(name).environments.values()
            except ConfigurationError as error:
                self._note_broken(self.suite.tenants / f"{name}.toml", "tenant-file", error)
                continue
            self._environments += environments
            for environment in environments:
                self._variables.update(environment.variables)
                allowed |= dict.fromkeys(environment.files)
                if environment.bundles:
                    self.suite.file_faults += _faults_of_bundles(environment, root)
        self._files = SuiteFiles(root, tuple(allowed), shipped_schemas())

    def _note_broken(self, path: Path, rule: str, error: ConfigurationError) -> None:
        file = path.relative_to(self.suite.root).as_posix()
        place = "" if error.line or not error.where else f" ({error.where})"
        self.suite.file_faults.append(
            Finding(file, error.line, rule, f"{error.what}{place}", error.remedy or "")
        )

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Note that somebody pressed Ctrl-C; pytest ends a broken collection in the same way."""
        self.is_interrupted = excinfo.type is KeyboardInterrupt

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave out tests in Python."""
        return True if collection_path.suffix == ".py" else None

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Mark a scenario as its tags say; each is one for its own tenant."""
        collected = item.stash.get(COLLECTED, None)
        if collected is None or FAULTS in item.stash:
            return
        tenants = (text for name, text in map(tag_parts, collected.tags) if name == "tenant")
        tenant = next(tenants, "").partition(",")[0]
        for mark in marks_of_tags(collected.tags, item.config, tenant=tenant, only_safe=False):
            item.add_marker(mark)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Look what keeps each scenario from running, by the check of every run."""
        binding = Binding(
            session, self._index, self._files, self._variables, None, environments=self._environments
        )
        self.suite.rows = list(_rows(session, binding))


def _rows(session: pytest.Session, binding: Binding) -> Iterator[CollectedRow]:
    for item in session.items:
        collected = item.stash.get(COLLECTED, None)
        if collected is None:
            continue
        is_skipped = item.get_closest_marker("skip") is not None
        if not is_skipped and FAULTS not in item.stash:
            binding.bind(item, collected)
        file = item.nodeid.partition("::")[0]
        yield CollectedRow(collected, file, is_skipped, item.stash.get(FAULTS, None))


def _faults_of_bundles(environment: Environment, root: Path) -> Iterator[Finding]:
    """Yield what is wrong with the bundles that an environment names."""
    from pytest_iflow.iflow_model.named_bundles import NamedBundle, read_named

    path = environment.folder / f"{environment.tenant}.toml"
    for name, bundle in environment.bundles.items():
        _, mistakes = read_named(NamedBundle(bundle.path, bundle.parameters), root)
        for mistake in mistakes:
            keys = ("environments", environment.name, "bundles", name, *mistake.keys)
            line = line_of(text_of(path), keys) or 0
            what = f"{'.'.join(keys)}: {mistake.what}"
            yield Finding(path.relative_to(root).as_posix(), line, "tenant-file", what, mistake.remedy)
