"""Entry point for pytest: options, and the decision whether the plugin acts in a project at all.

It acts if ``--tenant`` or ``IFLOW_TENANT`` is given, be it in ``.env``, or the project has a ``tenants``
folder or sets ``iflow_tenants``. Elsewhere nothing of this package is imported but the options.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import os
import sys
from collections.abc import Generator, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_iflow.plugin.run_end import EndSignals


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the options."""
    _leave_asserts_as_they_are(pluginmanager)
    _refuse_allure_pytest_bdd(pluginmanager)
    from pytest_iflow.plugin.options import add_options

    add_options(parser)


_SIGNALS: pytest.StashKey[EndSignals] = pytest.StashKey()

LINT = "iflow_lint"
"""Name of the plugin of ``pytest-iflow lint``, which collects scenarios and runs none."""


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Answer ``--tenants``."""
    if not config.getoption("--tenants"):
        return None
    from pytest_iflow.plugin.activation import print_tenants

    return print_tenants(config)


@pytest.hookimpl(wrapper=True, specname="pytest_cmdline_main")
def pytest_ends_with_its_exit_code(config: pytest.Config) -> Generator[None, int | None, int | None]:
    """Give the exit code of a run that a signal ended, wherever it came."""
    try:
        code = yield
    except (KeyboardInterrupt, Warning):
        # What a signal kept from being closed is warned about in the end, be it as an error.
        if _SIGNALS not in config.stash or not config.stash[_SIGNALS].first:
            raise
        code = None
    signals = config.stash.get(_SIGNALS, None)
    return signals.exit_code if signals is not None and signals.first else code


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Bring the rest of the plugin into a project that wants it, before other plugins read options."""
    if _wanted(config):
        from pytest_iflow.plugin.run_end import EndSignals

        signals = config.stash[_SIGNALS] = EndSignals()
        if not hasattr(config, "workerinput"):
            signals.take_over()
            config.add_cleanup(signals.give_back)
        with without_collections():
            with asserts_left_alone(config.pluginmanager):
                from pytest_iflow.plugin.activation import activate
                from pytest_iflow.plugin.step_modules import shipped_step_modules

                for _ in shipped_step_modules():
                    pass
            activate(config, signals)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Collect tests without collections of garbage, in a project that wants the plugin."""
    if _SIGNALS not in session.config.stash:
        return (yield)
    with without_collections():
        return (yield)


@contextlib.contextmanager
def without_collections() -> Iterator[None]:
    """Collect no garbage while modules are imported or tests collected, and never look through what is left.

    It lives as long as the run. The garbage collector would go through it again and again, and the longer the
    more tests there are.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: pytest.ExitCode, config: pytest.Config
) -> None:
    """Say why no scenario was collected where there are features and the plugin does not act."""
    if _SIGNALS in config.stash or config.pluginmanager.hasplugin(LINT):
        return
    ends = pytest.ExitCode.NO_TESTS_COLLECTED, pytest.ExitCode.USAGE_ERROR
    if exitstatus in ends and not terminalreporter._numcollected:  # noqa: SLF001, deselected tests count there
        feature = next(_features(config), None)
        if feature is not None:
            terminalreporter.write_line(
                f"pytest-iflow leaves {os.path.relpath(feature)} alone, since no tenant is chosen: use "
                "pytest --tenant=local, or write IFLOW_TENANT=local into .env, or make a folder tenants",
                yellow=True,
            )


def _features(config: pytest.Config) -> Iterator[Path]:
    """Yield the feature files of the folders and files that pytest was asked for."""
    left_out = config.getini("norecursedirs")
    for argument in config.args:
        named = Path(f"{argument.partition('.feature')[0]}.feature")
        if ".feature" in argument and named.is_file():
            yield named
        for folder, folders, names in os.walk(config.invocation_params.dir / argument):
            folders[:] = sorted(name for name in folders if not any(fnmatch(name, each) for each in left_out))
            yield from (Path(folder, name) for name in sorted(names) if name.endswith(".feature"))


def _wanted(config: pytest.Config) -> bool:
    return not config.pluginmanager.hasplugin(LINT) and bool(
        config.getoption("--tenant")
        or os.environ.get("IFLOW_TENANT")
        or config.getini("iflow_tenants")
        or (config.rootpath / "tenants").is_dir()
        or _tenant_in_env_file(config.rootpath)
    )


def _tenant_in_env_file(root: Path) -> bool:
    """Whether ``.env`` chooses a tenant; nothing is imported for a file that does not have the name."""
    file = root / ".env"
    try:
        if not file.is_file() or b"IFLOW_TENANT" not in file.read_bytes():
            return False
    except OSError:
        return False  # it may be the file of another tool
    from pytest_iflow.errors import ConfigurationError
    from pytest_iflow.tenants.catalogue import load_environ

    try:
        return bool(load_environ(root, "", None, os.environ).get("IFLOW_TENANT"))
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from error


def _leave_asserts_as_they_are(pluginmanager: pytest.PytestPluginManager) -> None:
    """Take this package off pytest's list of modules whose asserts are rewritten.

    pytest puts the whole distribution of each plugin on that list. Without byte code of its own (a fresh
    installation, a folder that is read-only, PYTHONDONTWRITEBYTECODE) it parses each module at each start.
    """
    marked = getattr(pluginmanager.rewrite_hook, "_must_rewrite", None)
    if marked is not None:
        marked.discard(__package__.partition(".")[0])
        pluginmanager.rewrite_hook.mark_rewrite()  # it forgets what it decided


@contextlib.contextmanager
def asserts_left_alone(pluginmanager: pytest.PytestPluginManager) -> Iterator[None]:
    """Import modules without pytest's hook that rewrites asserts, which takes its time with each of hundreds.

    Modules of a suite are not imported here.
    """
    hook = getattr(pluginmanager, "rewrite_hook", None)
    if hook not in sys.meta_path:  # with --assert=plain there is none
        yield
        return
    place = sys.meta_path.index(hook)
    sys.meta_path.remove(hook)
    try:
        yield
    finally:
        sys.meta_path.insert(place, hook)


def _refuse_allure_pytest_bdd(pluginmanager: pytest.PytestPluginManager) -> None:
    both = "allure_pytest", "allure_pytest_bdd"
    if all(importlib.util.find_spec(name) and not pluginmanager.is_blocked(name) for name in both):
        raise pytest.UsageError(
            "allure-pytest-bdd is installed beside allure-pytest, and pytest cannot start with both\n"
            "  what to do: pip uninstall allure-pytest-bdd (pytest-iflow reports Gherkin to Allure by itself)"
        )
