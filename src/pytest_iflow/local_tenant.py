"""Starting and stopping the local tenant: the emulator as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pytest_iflow.errors import IflowError

STOP_WITHIN = 10.0
"""Seconds that the emulator has to finish what is under way before it is ended."""


class LocalTenant:
    """The emulator of one run, started with this object and awaited when its ``keys`` are needed.

    It ends when its standard input does, so none is left behind when this process is killed.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pytest-iflow-", ignore_cleanup_errors=True)
        # A file, for a pipe that nobody reads would bring the emulator to a halt when it is full.
        self._complaints = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115, closed by stop
        self._ready = False
        command = [sys.executable, "-m", "pytest_iflow.emulator", "--json", "--until-stdin-closes"]
        self._process = subprocess.Popen(  # noqa: S603, this very interpreter
            [*command, "--keys", self._folder.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )

    def keys(self) -> Path:
        """Folder with service keys and CA; raises ``IflowError`` when the emulator did not start."""
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
            self._process.kill()
            self._process.wait()
            self._complaints.seek(0)
            said = (line + self._complaints.read()).strip()
            raise IflowError(
                f"the local tenant did not start: {said or 'it said nothing'}",
                where=f"{sys.executable} -m pytest_iflow.emulator",
                remedy="run pytest-iflow serve to see what it says",
            ) from None

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
