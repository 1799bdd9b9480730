"""What Allure shows beside the results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.reporting.allure.metadata import write_environment, write_executor
from pytest_iflow.secrets.registry import register_secret

JOBS = {
    "GitHub Actions": (
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_RUN_NUMBER": "17",
            "GITHUB_SERVER_URL": "https://github.example.com",
            "GITHUB_REPOSITORY": "acme/flows",
            "GITHUB_RUN_ID": "4711",
        },
        "github",
        "https://github.example.com/acme/flows/actions/runs/4711",
    ),
    "GitLab CI": (
        {"GITLAB_CI": "true", "CI_PIPELINE_IID": "17", "CI_JOB_URL": "https://gitlab.example.com/job/1"},
        "gitlab",
        "https://gitlab.example.com/job/1",
    ),
    "Azure Pipelines": (
        {
            "TF_BUILD": "True",
            "BUILD_BUILDNUMBER": "17",
            "SYSTEM_COLLECTIONURI": "https://azure.example.com/acme/",
            "SYSTEM_TEAMPROJECT": "flows",
            "BUILD_BUILDID": "4711",
        },
        "azure",
        "https://azure.example.com/acme/flows/_build/results?buildId=4711",
    ),
    "Jenkins": (
        {
            "JENKINS_URL": "https://jenkins.example.com",
            "BUILD_NUMBER": "17",
            "BUILD_URL": "https://jenkins.example.com/job/flows/17/",
        },
        "jenkins",
        "https://jenkins.example.com/job/flows/17/",
    ),
}


def executor(folder: Path, environ: dict[str, str]) -> Any:
    """Return ``executor.json`` as it was written; None if it was not."""
    write_executor(folder, environ, "trial/dev")
    file = folder / "executor.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


@pytest.mark.parametrize("name", JOBS)
def test_a_job_of_a_known_system_leads_back_to_itself(tmp_path: Path, name: str) -> None:
    """Name, number, address."""
    environ, kind, url = JOBS[name]
    assert executor(tmp_path, environ) == {
        "name": name,
        "type": kind,
        "reportName": "trial/dev",
        "buildName": f"{name} 17",
        "buildUrl": url,
    }


def test_a_job_that_lacks_variables_is_named_nevertheless(tmp_path: Path) -> None:
    """A runner may set only some of them."""
    found = executor(tmp_path, {"GITLAB_CI": "true"})
    assert (found["buildName"], found["buildUrl"]) == ("GitLab CI", "")


def test_outside_of_ci_there_is_no_executor(tmp_path: Path) -> None:
    """Allure would show an empty box."""
    assert executor(tmp_path, {"HOME": "here", "TF_BUILD": ""}) is None


def test_the_environment_is_a_java_properties_file(tmp_path: Path) -> None:
    """Separators, backslashes and letters beyond ASCII are escaped, secrets masked."""
    register_secret("s3cret-of-the-environment")
    facts = {
        "tenant": "größe",
        "runtime host": "127.0.0.1:8443",
        "a=b": "C:\\x",
        "key": "s3cret-of-the-environment",
    }
    write_environment(tmp_path, facts)
    assert (tmp_path / "environment.properties").read_text(encoding="ascii").splitlines() == [
        r"tenant=gr\u00f6\u00dfe",
        r"runtime\ host=127.0.0.1:8443",
        r"a\=b=C:\\x",
        "key=***",
    ]
