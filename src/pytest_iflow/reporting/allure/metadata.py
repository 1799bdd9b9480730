"""What Allure shows beside the results: the environment, and the CI job that ran them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pytest_iflow.results.run_result import ENGINE, RunResult
from pytest_iflow.secrets.registry import mask

_CI_SYSTEMS = (
    (
        "GitHub Actions",
        "github",
        "GITHUB_ACTIONS",
        "GITHUB_RUN_NUMBER",
        "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
    ),
    ("GitLab CI", "gitlab", "GITLAB_CI", "CI_PIPELINE_IID", "{CI_JOB_URL}"),
    (
        "Azure Pipelines",
        "azure",
        "TF_BUILD",
        "BUILD_BUILDNUMBER",
        "{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",
    ),
    ("Jenkins", "jenkins", "JENKINS_URL", "BUILD_NUMBER", "{BUILD_URL}"),
)
"""Name, type, variable that tells, variable with the build number, address of the build."""


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def run_facts(run: RunResult) -> dict[str, str]:
    """Return what Allure shows of a run as a whole; of one that was cut short, that it was."""
    cut_short = {"run": "interrupted before its end"} if run.verdict == "interrupted" else {}
    hosts = {f"{plane} host": host for plane, host in run.hosts.items()}
    engine = {"iFlows run by": ENGINE} if run.is_of_engine else {}
    head = {"tenant": run.tenant, "environment": run.environment}
    return {**head, **cut_short, **engine, **hosts, **run.versions}


def write_environment(folder: Path, facts: Mapping[str, str]) -> None:
    """Write ``environment.properties``, which Allure shows beside the results."""
    lines = [f"{_escaped(name, ' =:')}={_escaped(mask(value), '')}\n" for name, value in facts.items()]
    (folder / "environment.properties").write_text("".join(lines), encoding="ascii")


def _escaped(text: str, separators: str) -> str:
    """Java properties: separators, backslashes and what is not ASCII are escaped."""
    return "".join(
        f"\\{char}"
        if char in separators or char == "\\"
        else char
        if char.isascii()
        else f"\\u{ord(char):04x}"
        for char in text
    )


def write_executor(folder: Path, environ: Mapping[str, str], report_name: str) -> None:
    """Write ``executor.json`` in a CI job that is recognised: who ran this, and where to look."""
    for name, kind, marker, number, url in _CI_SYSTEMS:
        if environ.get(marker):
            data = {
                "name": name,
                "type": kind,
                "reportName": report_name,
                "buildName": f"{name} {environ.get(number, '')}".strip(),
                "buildUrl": url.format_map(_Known(environ)),
            }
            (folder / "executor.json").write_text(json.dumps(data), encoding="utf-8")
            return
