"""The options and settings of pytest that the plugin adds."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # this module is imported in each project, be it one of ours or not
    from pytest_iflow.results.run_folder import RunFolder
    from pytest_iflow.tenants.model import Environment


def _named(text: str) -> str:
    """A name; an empty one is of a variable that is not set, and the default would be another tenant."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty; pytest --tenants lists all")
    return text


_OPTIONS: dict[str, dict[str, Any]] = {
    "--tenant": {
        "type": _named,
        "metavar": "NAME",
        "help": "tenant to test, described by tenants/NAME.toml (default: IFLOW_TENANT, else local)",
    },
    "--environment": {
        "type": _named,
        "metavar": "NAME",
        "help": "environment of the tenant "
        "(default: IFLOW_ENVIRONMENT, else the tenant's default-environment)",
    },
    "--tenants": {
        "action": "store_true",
        "help": "list tenants and environments, and which clients have credentials; run nothing",
    },
    "--scenario": {
        "action": "append",
        "metavar": "TEXT",
        "help": "run only scenarios whose title contains TEXT, in any case; may be given several times",
    },
    "--parallel": {
        "metavar": "N|auto",
        "help": "run N scenarios at once, in threads of this process: those made of the phrases of the "
        "vocabulary; the others and @serial ones run in their turn (default: the setting iflow_parallel; "
        "auto: 4, more while the tenant answers as quickly, at most 32)",
    },
    "--shard": {
        "metavar": "K/N",
        "help": "run only part K of N; on N machines every scenario runs once, and "
        "pytest-iflow report --merge makes one run of their reports",
    },
    "--changed-since": {
        "action": "append",
        "metavar": "OLD",
        "help": "run only scenarios that a change may affect of the exported iFlows which the local tenant "
        "runs; OLD is a zip or folder of an iFlow or package as it was; may be given several times",
    },
    "--update-golden": {
        "action": "store_true",
        "help": "write golden messages that are missing, or that an answer differs from; what their rules "
        "leave out stays; not in CI, and not with --parallel, -n or --shard",
    },
    "--allow-protected": {
        "action": "store_true",
        "help": "on a protected environment also run scenarios that are not tagged @safe",
    },
    "--generated": {
        "action": "store_true",
        "help": "on other tenants than local also run scenarios that are tagged @generated, whose messages "
        "an import made up; on a protected environment they never run",
    },
    "--preflight": {
        "action": argparse.BooleanOptionalAction,
        "help": "check the environment before the first scenario, and run none in a broken one "
        "(default: yes, but not for the tenant local)",
    },
    "--fail-on": {
        "choices": ("any", "new"),
        "default": "any",
        "help": "any: a failing scenario fails the run (default); new: only one that did not fail before "
        "does, so that a nightly run with known failures only ends with exit code 0",
    },
    "--flow-coverage": {
        "action": argparse.BooleanOptionalAction,
        "help": "on a real tenant read at the end which parts of the iFlows the messages of the run passed, "
        "from their message logs (default: the setting iflow_flow_coverage, else no; debug-logs in the "
        "tenant file has the tenant log all steps)",
    },
    "--flow-coverage-fail-under": {
        "type": float,
        "metavar": "PERCENT",
        "help": "fail the run if its scenarios pass less than this share of the branches of the iFlows that "
        "they call: of exported ones on the local tenant, of those of a tenant with --flow-coverage "
        "(default: the setting iflow_coverage_fail_under, else no limit)",
    },
    "--progress": {
        "action": argparse.BooleanOptionalAction,
        "default": True,
        "help": "in an interactive terminal show what runs, what is done and what time is left "
        "(default: yes)",
    },
    "--notify": {
        "metavar": "COMMAND",
        "help": "command that is run when the reports are written; it gets summary.json on its standard "
        "input (default: the setting iflow_notify; iflow_notify_on says when)",
    },
}

_SETTINGS: dict[str, dict[str, Any]] = {
    "iflow_tenants": {"help": "folder with the tenant files (default: tenants)", "default": ""},
    "iflow_reports": {"help": "folder for reports (default: reports)", "default": "reports"},
    "iflow_history": {
        "help": "number of runs to keep in the history of each tenant and environment (default: 200)",
        "type": "int",
        "default": 200,
    },
    "iflow_parallel": {
        "help": "how many scenarios run at once: a number or auto (default: 1)",
        "default": "",
    },
    "iflow_flow_coverage": {
        "help": "read the flow coverage of a real tenant from message logs, as --flow-coverage does",
        "type": "bool",
        "default": False,
    },
    "iflow_coverage_fail_under": {
        "help": "least share, in percent, of the branches of iFlows that a run has to pass",
        "default": "",
    },
    "iflow_notify": {"help": "command that is told how a run ended", "default": ""},
    "iflow_notify_on": {
        "help": "when to notify: always, failure or new (newly failing)",
        "default": "failure",
    },
    "iflow_lint_off": {
        "help": "rules that pytest-iflow lint leaves out, by name",
        "type": "args",
        "default": [],
    },
    "iflow_required_tags": {
        "help": "tags that pytest-iflow lint expects: in each line the alternatives, such as "
        "smoke regression ABC-*; a scenario needs one of each line",
        "type": "linelist",
        "default": [],
    },
}


def wants_golden_update(config: pytest.Config, environ: Mapping[str, str]) -> bool:
    """Whether golden messages are to be written; raises ``UsageError`` where they may not be."""
    if not config.getoption("--update-golden"):
        return False
    if environ.get("CI", "").lower() not in {"", "0", "false"}:
        raise pytest.UsageError(
            "--update-golden is refused in CI (the variable CI is set): a golden message is written where "
            "somebody looks at what changed"
        )
    is_shared = config.getoption("--shard") or getattr(config.option, "dist", "no") != "no"
    parallel = config.getoption("--parallel") or config.getini("iflow_parallel") or "1"
    if is_shared or str(parallel).strip() != "1":
        raise pytest.UsageError(
            "--update-golden writes one answer after the other: leave out -n and --shard, "
            "and give --parallel=1"
        )
    return True


def folder_of_run(config: pytest.Config, environment: Environment) -> RunFolder:
    """Return where a run of an environment leaves its files."""
    from pytest_iflow.results.run_folder import RunFolder, reports_folder

    reports = reports_folder(config.rootpath, config.getini("iflow_reports"))
    return RunFolder(reports / environment.tenant / environment.name)


def add_options(parser: pytest.Parser) -> None:
    """Declare them all."""
    group = parser.getgroup("iflow", "tests of SAP Cloud Integration (pytest-iflow)")
    for name, option in _OPTIONS.items():
        group.addoption(name, **option)
    for name, setting in _SETTINGS.items():
        parser.addini(name, **setting)
