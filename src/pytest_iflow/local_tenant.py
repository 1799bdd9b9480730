"""Starting and stopping the local tenant: the emulator as a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pytest_iflow.errors import ConfigurationError, IflowError, reason_of
from pytest_iflow.file_lock import is_taken
from pytest_iflow.held_files import remove_folder
from pytest_iflow.tenants.credentials import LOCAL_FLOWS
from pytest_iflow.tenants.model import Environment

STOP_WITHIN = 10.0
"""Seconds that the emulator has to finish what is under way before it is ended."""

_PREFIX = "pytest-iflow-"
_LOCK = ".in-use"
_BUNDLES = "bundles.settings"

REFUSED = 2
"""Exit code of an emulator that cannot use what it was started with."""

REFUSED_BUNDLES = 3
"""Exit code of an emulator that cannot run the bundles of the tenant file."""


class LocalTenant:
    """The emulator of one run, started with this object and awaited when its ``keys`` are needed.

    It behaves as ``environment`` says, and brings the bundles that it names, which lie below ``root``, and
    the flows of the folder ``local-flows`` beside the tenant file. It ends when its standard input does, so
    none is left behind when this process is killed. Its folder then is removed when the next one starts.
    The constructor raises ``IflowError`` where there is no room.
    """

    def __init__(self, environment: Environment | None = None, root: Path | None = None) -> None:
        self._environment = environment
        try:
            self._folder = _Folder()
        except OSError as error:
            raise IflowError(
                f"the local tenant did not start: {reason_of(error)}",
                where=tempfile.gettempdir(),
                remedy="make room there, or name another folder in the variable TMPDIR",
            ) from error
        # A file, for a pipe that nobody reads would bring the emulator to a halt when it is full.
        self._complaints = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115, closed by stop
        self._ready = False
        keys = str(self._folder.path)
        # -P: a project may have a token.py or an http.py of its own in this folder.
        command = [sys.executable, "-P", "-m", "pytest_iflow.emulator", "--json", "--until-stdin-closes"]
        options = _options(environment) if environment else []
        if environment is not None and environment.bundles:
            file = self._folder.path / _BUNDLES
            file.write_text(json.dumps(_bundles(environment, root)), encoding="utf-8")
            options.append(f"--bundles={file}")
        self._process = subprocess.Popen(  # noqa: S603, this very interpreter
            [*command, "--keys", keys, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            encoding="utf-8",
            # Whatever it keeps on disk for a moment goes with the folder.
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), keys)},
            # Ctrl-C in a terminal is for pytest: the teardown of fixtures may still call the tenant.
            start_new_session=os.name == "posix",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )

    def keys(self) -> Path:
        """Folder with service keys and CA.

        Raises ``ConfigurationError`` when the emulator refuses its settings or flows, ``IflowError`` when it
        did not start for another reason.
        """
        if not self._ready:
            self._await_ready()
            self._ready = True
        return self._folder.path

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
        if self._process.returncode == REFUSED_BUNDLES and environment is not None and environment.bundles:
            remedy = "correct the bundle or the tenant file; docs/running-iflows.md shows how one is named"
            return ConfigurationError(what, where=environment.source, remedy=remedy)
        if self._process.returncode == REFUSED and environment is not None:
            if str(flows := environment.folder / LOCAL_FLOWS) in said:
                remedy = "correct the flow; docs/local-tenant.md shows how one is declared"
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
        self._folder.remove()


class _Folder:
    """A folder in the place for temporary files; it is in use while this process holds the lock in it."""

    def __init__(self) -> None:
        self._lock: int | None = None
        while self._lock is None:
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
            lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            if is_taken(lock) or not (self.path / _LOCK).exists():
                os.close(lock)  # in between another run took it for an abandoned one
            else:
                self._lock = lock
        # Where a file system knows no locks nobody can tell who lives.
        if not _is_abandoned(self.path):
            _remove_abandoned()

    def remove(self) -> None:
        """Remove the folder; may be called twice."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        remove_folder(self.path)


def _remove_abandoned() -> None:
    """Remove the folders of local tenants whose run was killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if _is_abandoned(folder):
            remove_folder(folder)


def _is_abandoned(folder: Path) -> bool:
    """Whether a folder is this user's and was that of a run that is over; one being made has no lock yet."""
    try:
        if folder.is_symlink() or (sys.platform != "win32" and folder.stat().st_uid != os.getuid()):
            return False
        descriptor = os.open(folder / _LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        return not is_taken(descriptor)
    finally:
        os.close(descriptor)


def _bundles(environment: Environment, root: Path | None) -> dict[str, object]:
    """Return what the emulator has to know of the bundles of an environment."""
    return {
        "root": str(root or environment.folder),
        "bundles": {
            f"environments.{environment.name}.bundles.{name}": {
                "path": str(bundle.path),
                "values": dict(bundle.parameters),
            }
            for name, bundle in environment.bundles.items()
        },
    }


def _options(environment: Environment) -> list[str]:
    options: list[str] = []
    if (settings := environment.emulator) is not None:
        options += [f"--seed={settings.seed}"]
        options += [f"--profile={settings.profile}"] if settings.profile else []
        options += [f"--fault={name}={value}" for name, value in settings.faults.items()]
    flows = environment.folder / LOCAL_FLOWS
    return [*options, f"--flows={flows}"] if flows.is_dir() else options
