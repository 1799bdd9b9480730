"""Starting and stopping the local tenant: the emulator as a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.tenants.model import Environment

LOCAL_FLOWS = "local-flows"
"""Folder beside a tenant file with flows that the suite brings for its local tenant."""

STOP_WITHIN = 10.0
"""Seconds that the emulator has to finish what is under way before it is ended."""

REFUSED = 2
"""Exit code of an emulator that cannot use what it was started with."""


class LocalTenant:
    """The emulator of one run, started with this object and awaited when its ``keys`` are needed.

    It behaves as ``environment`` says, and brings the flows of the folder ``local-flows`` beside the tenant
    file. It ends when its standard input does, so none is left behind when this process is killed.
    """

    def __init__(self, environment: Environment | None = None) -> None:
        self._environment = environment
        self._folder = tempfile.TemporaryDirectory(prefix="pytest-iflow-", ignore_cleanup_errors=True)
        # A file, for a pipe that nobody reads would bring the emulator to a halt when it is full.
        self._complaints = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115, closed by stop
        self._ready = False
        command = [sys.executable, "-m", "pytest_iflow.emulator", "--json", "--until-stdin-closes"]
        self._process = subprocess.Popen(  # noqa: S603, this very interpreter
            [*command, "--keys", self._folder.name, *(_options(environment) if environment else ())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )

    def keys(self) -> Path:
        """Folder with service keys and CA.

        Raises ``ConfigurationError`` when the emulator refuses its settings or flows, ``IflowError`` when it
        did not start for another reason.
        """
        if not self._ready:
            self._await_ready()
            self._ready = True
        return Path(self._folder.name)

    def _await_ready(self) -> None:
        assert self._process.stdout is not None  # noqa: S101, it is a pipe
        line = self._process.stdout.readline()
        try:
            json.loads(line)
        except ValueError:
            if not line:
                # Its output has ended, so it is about to: by itself it tells by its exit code why.
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(STOP_WITHIN)
            self._process.kill()
            self._process.wait()
            self._complaints.seek(0)
            raise self._failure((line + self._complaints.read()).strip()) from None

    def _failure(self, said: str) -> IflowError:
        what = f"the local tenant did not start: {said or 'it said nothing'}"
        environment = self._environment
        if self._process.returncode == REFUSED and environment is not None:
            if str(flows := environment.folder / LOCAL_FLOWS) in said:
                remedy = "correct the flow; the README shows how one is declared"
                return ConfigurationError(what, where=str(flows), remedy=remedy)
            if environment.emulator is not None:
                place = f"{environment.source}, environments.{environment.name}.emulator"
                return ConfigurationError(what, where=place, remedy="correct it there; see example.toml")
        return IflowError(
            what,
            where=f"{sys.executable} -m pytest_iflow.emulator",
            remedy="run pytest-iflow serve to see what it says",
        )

    def stop(self) -> None:
        """Stop the emulator and delete its keys; may be called twice."""
        if self._process.poll() is None:
            assert self._process.stdin is not None  # noqa: S101, it is a pipe
            self._process.stdin.close()
            try:
                self._process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._complaints):
            if stream is not None:
                stream.close()
        self._folder.cleanup()


def _options(environment: Environment) -> list[str]:
    options: list[str] = []
    if (settings := environment.emulator) is not None:
        options += [f"--seed={settings.seed}"]
        options += [f"--profile={settings.profile}"] if settings.profile else []
        options += [f"--fault={name}={value}" for name, value in settings.faults.items()]
    flows = environment.folder / LOCAL_FLOWS
    return [*options, f"--flows={flows}"] if flows.is_dir() else options
