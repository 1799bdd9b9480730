"""The processes of a load run: one alone, or a master and its workers; each ends with its standard input."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import IO

from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.load.figures import Measured, Progress, Told
from pytest_iflow.load.order import LoadOrder
from pytest_iflow.results.json_format import UnfitJsonError, decode, encode

_MODULE = "pytest_iflow.load.process"
LOOPBACK = "127.0.0.1"
_ENDS_WITHIN = 10.0
"""Seconds that a process has to end when its standard input does."""


def require_locust() -> None:
    """Raise ``ConfigurationError`` where the extra with Locust is not installed."""
    if importlib.util.find_spec("locust") is None:
        raise ConfigurationError(
            "load needs Locust, which is not installed",
            where=f"Python at {sys.executable}",
            remedy='pip install "pytest-iflow[load]"',
        )


def make_load(
    order: LoadOrder, local_workers: int, report: Callable[[Progress], None], note: Callable[[str], None]
) -> Measured | None:
    """Make the load with as many processes as it takes; None for one that only gave workers to a master.

    ``local_workers`` are those of this machine. Ctrl-C ends the load, and what was measured is returned;
    another one ends it at once. ``note`` is told of the first. Raises ``IflowError`` where it was refused.
    """
    orders = [] if order.role == "worker" else [order]
    of_workers = replace(order, role="worker", host=order.host if order.role == "worker" else LOOPBACK)
    orders += [of_workers] * local_workers
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(_started()) for _ in orders]
        for process, its_order in zip(processes, orders, strict=True):
            process.take(its_order)
        try:
            return _outcome(processes, report)
        except KeyboardInterrupt:
            note("Ending the load: what is under way comes to its end. Ctrl-C again ends it at once.")
            for process in processes if order.role == "worker" else processes[:1]:
                process.end()
            return _outcome(processes, report)


def _outcome(processes: Sequence[_LoadProcess], report: Callable[[Progress], None]) -> Measured | None:
    """Wait for what the first process says; that of a worker says nothing of figures."""
    first, *others = processes
    measured = first.outcome(report)
    for other in others:
        other.outcome(report)
    return measured


class _LoadProcess:
    """A process of the load, as the command sees it."""

    def __init__(self, process: subprocess.Popen[str], complaints: IO[str]) -> None:
        self._process = process
        self._complaints = complaints

    def take(self, order: LoadOrder) -> None:
        """Give it its order; that waits until it reads, for an order with tokens is long."""
        assert self._process.stdin is not None  # noqa: S101, it is a pipe
        with contextlib.suppress(OSError):  # it has ended, and its output says why
            self._process.stdin.write(encode(order).decode() + "\n")
            self._process.stdin.flush()

    def end(self) -> None:
        """Let it end its load and tell what it has measured."""
        assert self._process.stdin is not None  # noqa: S101, it is a pipe
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def outcome(self, report: Callable[[Progress], None]) -> Measured | None:
        """Return what it measured; raises ``IflowError`` with what it says instead."""
        assert self._process.stdout is not None  # noqa: S101, it is a pipe
        for line in self._process.stdout:
            try:
                told = decode(line, Told)
            except UnfitJsonError:
                break
            if told.refused:
                raise ConfigurationError(told.refused)
            if told.progress is None:
                return told.measured
            report(told.progress)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDS_WITHIN)  # its output has ended, so it is about to
        self._process.kill()
        self._process.wait()
        self._complaints.seek(0)
        code, said = self._process.returncode, self._complaints.read()
        raise IflowError(
            f"a process of the load ended with exit code {code}:\n{said}",
            remedy="its last lines say why",
        )


@contextlib.contextmanager
def _started() -> Iterator[_LoadProcess]:
    """Start a process that waits for its order; it is ended with the context, by force if need be."""
    # A file, for a pipe that nobody reads would bring the process to a halt when it is full.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        process = subprocess.Popen(  # noqa: S603, this very interpreter
            [sys.executable, "-P", "-m", "gevent.monkey", "--module", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            # Ctrl-C in a terminal is for the command: it ends the load, and writes what came of it.
            start_new_session=os.name == "posix",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        with process:
            try:
                started = _LoadProcess(process, complaints)
                yield started
                started.end()
                process.wait(_ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
            except BaseException:
                process.kill()
                raise


def free_port() -> int:
    """Return a port of loopback that nobody uses now."""
    with socket.create_server((LOOPBACK, 0)) as server:
        port: int = server.getsockname()[1]
        return port
