"""Entry point for pytest: options, and the decision whether the plugin acts in a project at all.

It acts if ``--tenant`` or ``IFLOW_TENANT`` is given, or the project has a ``tenants`` folder or sets
``iflow_tenants``. Elsewhere nothing else of this package is imported.
"""

from __future__ import annotations

import argparse
import importlib.util
import os

import pytest


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the options."""
    _refuse_allure_pytest_bdd(pluginmanager)
    group = parser.getgroup("iflow", "tests of SAP Cloud Integration (pytest-iflow)")
    group.addoption(
        "--tenant",
        metavar="NAME",
        help="tenant to test, described by tenants/NAME.toml (default: IFLOW_TENANT, else local)",
    )
    group.addoption(
        "--environment",
        metavar="NAME",
        help="environment of the tenant (default: IFLOW_ENVIRONMENT, else the tenant's default-environment)",
    )
    group.addoption(
        "--tenants",
        action="store_true",
        help="list tenants and environments, and which clients have credentials; run nothing",
    )
    group.addoption(
        "--scenario",
        action="append",
        metavar="TEXT",
        help="run only scenarios whose title contains TEXT, in any case; may be given several times",
    )
    group.addoption(
        "--shard",
        metavar="K/N",
        help="run only part K of N; on N machines every scenario runs once, and "
        "pytest-iflow report --merge makes one run of their reports",
    )
    group.addoption(
        "--allow-protected",
        action="store_true",
        help="on a protected environment also run scenarios that are not tagged @safe",
    )
    group.addoption(
        "--preflight",
        action=argparse.BooleanOptionalAction,
        help="check the environment before the first scenario, and run none in a broken one "
        "(default: yes, but not for the tenant local)",
    )
    group.addoption(
        "--fail-on",
        choices=("any", "new"),
        default="any",
        help="any: a failing scenario fails the run (default); new: only one that did not fail before does, "
        "so that a nightly run with known failures only ends with exit code 0",
    )
    group.addoption(
        "--progress",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="in an interactive terminal show what runs, what is done and what time is left (default: yes)",
    )
    group.addoption(
        "--notify",
        metavar="COMMAND",
        help="command that is run when the reports are written; it gets summary.json on its standard input "
        "(default: the setting iflow_notify; iflow_notify_on says when)",
    )
    parser.addini("iflow_notify", "command that is told how a run ended", default="")
    parser.addini(
        "iflow_notify_on", "when to notify: always, failure or new (newly failing)", default="failure"
    )
    parser.addini("iflow_tenants", "folder with the tenant files (default: tenants)", default="")
    parser.addini("iflow_reports", "folder for reports (default: reports)", default="reports")
    parser.addini(
        "iflow_history",
        "number of runs to keep in the history of each tenant and environment (default: 200)",
        type="int",
        default=200,
    )


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Answer ``--tenants``."""
    if not config.getoption("--tenants"):
        return None
    from pytest_iflow.activation import print_tenants  # noqa: PLC0415, only where it is wanted

    return print_tenants(config)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Bring the rest of the plugin into a project that wants it, before other plugins read options."""
    if _wanted(config):
        from pytest_iflow.activation import activate  # noqa: PLC0415, only where it is wanted

        activate(config)


def _wanted(config: pytest.Config) -> bool:
    return bool(
        config.getoption("--tenant")
        or os.environ.get("IFLOW_TENANT")
        or config.getini("iflow_tenants")
        or (config.rootpath / "tenants").is_dir()
    )


def _refuse_allure_pytest_bdd(pluginmanager: pytest.PytestPluginManager) -> None:
    both = "allure_pytest", "allure_pytest_bdd"
    if all(importlib.util.find_spec(name) and not pluginmanager.is_blocked(name) for name in both):
        raise pytest.UsageError(
            "allure-pytest-bdd is installed beside allure-pytest, and pytest cannot start with both\n"
            "  what to do: pip uninstall allure-pytest-bdd (pytest-iflow reports Gherkin to Allure by itself)"
        )
