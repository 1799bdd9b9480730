"""The worker process: a JVM that runs one script after the other, until it is closed or has to be killed.

A frame of the protocol is the length of a JSON object in UTF-8, that object, the length of the bytes beside
it (or -1 for none), and those bytes. Lengths have four bytes, the highest first. The JVM ends when its
standard input ends, so it outlives no process of ours, whichever way that ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any

from pytest_iflow.held_files import remove_folder
from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.scripting.groovy import (
    OPENED,
    GroovyError,
    bare_environment,
    compiled_classes,
    find_groovy,
    find_java,
)

Frame = tuple[dict[str, Any], bytes | None]
"""A JSON object, and the bytes beside it."""

_LENGTH = struct.Struct(">i")
_LARGEST = 256 * 1024 * 1024
_LONGEST_NOISE = 2000
_START_SECONDS = 60.0
_END_SECONDS = 10.0
_OUT_OF_MEMORY, _BROKEN = 70, 71
"""Exit codes of our JVM where it could not even answer."""


class WorkerError(Exception):
    """The worker gave no answer and is gone; the text says why and is fit for the message log."""


class Worker:
    """A running JVM; starting it takes half a second of CPU. Not for several threads at once.

    Raises GroovyError where Java or Groovy of ``version`` is missing or does not start.
    """

    def __init__(
        self, version: str, environ: Mapping[str, str], memory: str, jars: Sequence[Path] = ()
    ) -> None:
        home, java = find_groovy(version, environ), find_java(environ)
        classes = compiled_classes(home, java, environ)
        self.memory = memory
        self.folder = Path(tempfile.mkdtemp(prefix="iflow-scripts-"))
        self._bundles: dict[str, str] = {}
        empty = self.folder / "empty"
        empty.mkdir()
        said = (self.folder / "said").open("w+b")
        command = [
            *(java, f"-Xmx{memory}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"),
            *("-XX:-UsePerfData", "-XX:MaxMetaspaceSize=384m", "-Djava.awt.headless=true"),
            *("-Dfile.encoding=UTF-8", "-Dsun.jnu.encoding=UTF-8", "-Duser.timezone=UTC"),
            *("-Duser.language=en", "-Duser.country=US", f"-Duser.home={empty}", f"-Djava.io.tmpdir={empty}"),
            *OPENED,
            *("-cp", os.pathsep.join([*home.jars, *map(str, jars), str(classes)]), "iflow.Worker"),
        ]
        try:
            self._process = subprocess.Popen(  # noqa: S603, the Java of this machine
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                cwd=empty,
                env=bare_environment(),
                start_new_session=True,  # what scripts start is ended with it; Windows knows no such groups
            )
        except OSError as error:
            said.close()
            remove_folder(self.folder)
            raise GroovyError(f"{java} could not be started: {error.strerror}") from error
        self._finish = weakref.finalize(self, _ended, self._process, said, self.folder)
        self._frames: SimpleQueue[Frame | None] = SimpleQueue()
        assert self._process.stdout is not None  # noqa: S101, it is a pipe
        threading.Thread(target=_read, args=(self._process.stdout, self._frames), daemon=True).start()
        try:
            self._next(time.monotonic() + _START_SECONDS)
        except (WorkerError, Empty) as error:
            raise GroovyError(
                f"the JVM for scripts did not start with {java}: {self._end() or error}"
            ) from error

    @property
    def process_id(self) -> int:
        """The process of the JVM."""
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it takes another call."""
        return self._finish.alive

    def folder_of(self, key: str, files: Mapping[str, bytes]) -> str:
        """Return the folder with the files of a bundle, which is written where it is not yet."""
        if key not in self._bundles:
            folder = self.folder / f"bundle{len(self._bundles) + 1}"
            for name, content in files.items():
                place = folder / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
            self._bundles[key] = str(folder)
        return self._bundles[key]

    def call(
        self,
        header: Mapping[str, Any],
        body: bytes | None,
        answer: Callable[[str, list[Any]], Any],
        seconds: float,
    ) -> Frame:
        """Send a request and return what it comes to; ``answer`` answers what the script asks meanwhile.

        Of what ``answer`` raises, a StepError is an exception for the script, and a LookupError says what is
        not emulated. Raises WorkerError, with the process ended, where it takes longer than ``seconds`` or
        the process ended.
        """
        ends = time.monotonic() + seconds
        try:
            self._send(header, body)
            while "ask" in (frame := self._next(ends))[0]:
                self._send(_answered(frame[0], answer), None)
        except Empty:
            self._end()
            raise WorkerError(f"it did not end within {seconds:g} seconds") from None
        except BaseException:
            self._end()
            raise
        return frame

    def close(self) -> None:
        """End the process and remove its folder."""
        self._end()

    def _send(self, header: Mapping[str, Any], body: bytes | None) -> None:
        text = json.dumps(header, separators=(",", ":")).encode()
        beside = _LENGTH.pack(-1) if body is None else _LENGTH.pack(len(body)) + body
        assert self._process.stdin is not None  # noqa: S101, it is a pipe
        with contextlib.suppress(OSError):  # the process has ended: reading says why
            self._process.stdin.write(_LENGTH.pack(len(text)) + text + beside)
            self._process.stdin.flush()

    def _next(self, ends: float) -> Frame:
        frame = self._frames.get(timeout=max(0.0, ends - time.monotonic()))
        if frame is not None and "noise" in frame[0]:
            raise WorkerError(f"the JVM said: {frame[0]['noise'].strip()}")
        if frame is not None:
            return frame
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        if self._process.returncode == _OUT_OF_MEMORY:
            raise WorkerError(f"it needs more memory than the {self.memory} of the JVM")
        if self._process.returncode == _BROKEN:
            raise WorkerError(f"the JVM for scripts failed: {self._end()}")
        raise WorkerError(f"it ended the JVM (exit code {self._process.returncode}), as System.exit does")

    def _end(self) -> str:
        """Kill the process; return the last lines that it said to nobody."""
        return self._finish() or ""


def _ended(process: subprocess.Popen[bytes], said: IO[bytes], folder: Path) -> str:
    """Kill the process with those that scripts started; return the end of what it said to nobody."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            assert pipe is not None  # noqa: S101, it is a pipe
            pipe.close()
    said.seek(max(0, said.seek(0, os.SEEK_END) - _LONGEST_NOISE))
    text = said.read().decode(errors="replace").strip()
    said.close()
    remove_folder(folder)
    return text


def _answered(header: dict[str, Any], answer: Callable[[str, list[Any]], Any]) -> dict[str, Any]:
    """Return the frame that answers a question of a script."""
    try:
        return {"answer": answer(header["ask"], header["arguments"])}
    except StepError as error:
        return {"answer": None, "raised": {"type": error.class_name, "message": error.message}}
    except LookupError as refusal:
        return {"answer": None, "refused": str(refusal.args[0])}


def _read(source: IO[bytes], frames: SimpleQueue[Frame | None]) -> None:
    """Read frames until the process ends, which None stands for, or says what is none of ours."""
    try:
        while True:
            start = source.read(_LENGTH.size)
            length: int = _LENGTH.unpack(start)[0]
            if not 0 <= length <= _LARGEST:
                noise = (start + source.read(_LONGEST_NOISE)).decode(errors="replace")
                frames.put(({"noise": noise}, None))
                return
            header = source.read(length)
            beside = _LENGTH.unpack(source.read(_LENGTH.size))[0]
            frames.put((json.loads(header), None if beside < 0 else source.read(beside)))
    except (OSError, ValueError, struct.error):
        frames.put(None)
