"""Suites in folders of their own, each run by a pytest process of its own with the plugin, as a user runs it.

Test modules name this one in ``pytest_plugins`` and import types from it: PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

TIMEOUT = 120
"""Seconds after which a run hangs rather than is slow."""

_INI = """
    [pytest]
    addopts = --strict-markers --strict-config -p no:anyio
    filterwarnings = error
"""
_FOREIGN = ("IFLOW_", "PYTEST_", "GITHUB_", "GITLAB_", "CI_", "BUILD_", "JENKINS_", "SYSTEM_", "XDG_")
_OF_THIS_RUN = frozenset(
    {"CI", "TF_BUILD", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "FORCE_COLOR", "PYTHONPATH", "COLUMNS"}
    | {"PYTHONDONTWRITEBYTECODE"}  # each run would compile the plugin anew
)

_SEVERAL = """
import contextlib, io, json, os, sys, pytest
runs = []
for arguments, environ in json.loads(sys.argv[1]):
    os.environ.update(environ)
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = pytest.main(arguments)
    runs.append([int(code), out.getvalue(), err.getvalue()])
    for name in environ:
        del os.environ[name]
json.dump(runs, sys.stdout)
"""

DATA = Any
"""What JSON holds."""


@dataclass(frozen=True)
class InnerRun:
    """What a run left: exit code, output, and the files below ``reports``."""

    root: Path
    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Everything that was printed."""
        return self.out + self.err

    def summary(self, place: str = "local/dev") -> DATA:
        """Return ``summary.json`` of a tenant and environment."""
        return json.loads((self.root / "reports" / place / "summary.json").read_text(encoding="utf-8"))

    def scenarios(self, place: str = "local/dev") -> dict[str, DATA]:
        """Return the scenarios of ``summary.json`` by title."""
        return {scenario["scenario"]: scenario for scenario in self.summary(place)["scenarios"]}

    def statuses(self, place: str = "local/dev") -> dict[str, str]:
        """Return what became of each scenario, by title."""
        return {title: scenario["status"] for title, scenario in self.scenarios(place).items()}

    def files(self) -> dict[str, str]:
        """Return the text of every file below ``reports``, by its path."""
        return {
            path.relative_to(self.root).as_posix(): path.read_text(encoding="utf-8", errors="replace")
            for path in sorted((self.root / "reports").rglob("*"))
            if path.is_file()
        }

    def results(self, place: str = "local/dev") -> dict[str, DATA]:
        """Return the Allure results by title."""
        found = self.allure("*-result.json", place)
        by_title = {result["name"]: result for result in found}
        assert len(by_title) == len(found), "a title has several results"
        return by_title

    def allure(self, pattern: str, place: str = "local/dev") -> list[DATA]:
        """Return the JSON files of the Allure results whose names fit ``pattern``."""
        folder = self.root / "reports" / place / "allure-results"
        return [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob(pattern))]

    def collected(self) -> list[str]:
        """Return the node ids that ``--collect-only -q`` printed, without the folder features."""
        ids = (line for line in self.out.splitlines() if "::" in line and not line.startswith(" "))
        return [line.removeprefix("features/") for line in ids]


class InnerProject:
    """A folder with a suite; warnings are errors in it unless a test says otherwise."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("pytest.ini", _INI)

    def write(self, name: str, text: str) -> Path:
        """Write a file of the suite, without the indentation that it has in the test."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def run(self, *arguments: str, **environ: str) -> InnerRun:
        """Run pytest in the folder and wait for its end."""
        with self.start(*arguments, **environ) as process:
            return self.finish(process)

    def run_several(self, *runs: tuple[Sequence[str], Mapping[str, str]]) -> list[InnerRun]:
        """Run pytest several times in one process, each time with arguments and variables of its own.

        For short runs, since starting a process costs more than they do. Modules of the suite are imported
        once, and what a later run writes takes the place of what an earlier one wrote.
        """
        with self._start("-c", _SEVERAL, json.dumps(runs)) as process:
            outcome = self.finish(process)
        assert outcome.code == 0, outcome.text
        return [InnerRun(self.root, code, out, err) for code, out, err in json.loads(outcome.out)]

    def collect(self, *runs: Sequence[str]) -> list[InnerRun]:
        """Collect for the tenant local, once for each list of arguments, without running anything."""
        return self.run_several(*((["--tenant=local", "--co", "-q", *arguments], {}) for arguments in runs))

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """Start pytest in the folder; ``environ`` is added to the variables."""
        return self._start("-m", "pytest", *arguments, **environ)

    def _start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603, this very interpreter
            [sys.executable, *arguments],
            cwd=self.root,
            env={**variables(), **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            preexec_fn=_heed_ctrl_c if os.name == "posix" else None,  # noqa: PLW1509, no threads here
        )

    def command(self, *arguments: str, **environ: str) -> InnerRun:
        """Run the command ``pytest-iflow`` in the folder and wait for its end."""
        with self._start("-m", "pytest_iflow.cli.main", *arguments, **environ) as process:
            return self.finish(process)

    def finish(self, process: subprocess.Popen[str]) -> InnerRun:
        """Wait for the end of a run that ``start`` began."""
        out, err = process.communicate(timeout=TIMEOUT)
        sys.stdout.write(out)  # pytest shows it when the test fails
        sys.stderr.write(err)
        return InnerRun(self.root, process.returncode, out, err)


def _heed_ctrl_c() -> None:
    """A shell starts what runs in its background deaf to Ctrl-C, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def variables() -> dict[str, str]:
    """The variables of this process, without those that would steer an inner run."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN) and name not in _OF_THIS_RUN
    }
    return {**kept, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", "COLUMNS": "120"}


@pytest.fixture(scope="session")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], InnerProject]:
    """Make an empty project; a module may run it once and look at the outcome in several tests."""
    return lambda: InnerProject(tmp_path_factory.mktemp("suite"))


@pytest.fixture
def project(new_project: Callable[[], InnerProject]) -> InnerProject:
    """An empty project."""
    return new_project()
