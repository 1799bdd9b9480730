"""A process that calls functions: what they give and raise, and how it ends."""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.bounded.process import MEGABYTES, CallError, EndedError, OtherProcess, TimeOverError

MODULE = """
import os, sys, time
def number(): return os.getpid()
def fails(): raise LookupError("no such thing")
def prints(): print("noise"); os.system("echo more"); return "quiet"
def ends(): os._exit(3)
def takes(megabytes): return len(bytearray(megabytes * 1024 * 1024))
def searches():
    from lxml import etree
    root = etree.fromstring("<a>" + "<b/>" * 3000 + "</a>")
    return etree.XPath("//*[count(//*[count(//*) = count(preceding::*)]) = 1]")(root)
"""


@pytest.fixture
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a module that both processes find."""
    (tmp_path / "called_elsewhere.py").write_text(MODULE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("called_elsewhere")
    del sys.modules["called_elsewhere"]


def test_calls_share_a_process_until_it_is_ended(functions: Any) -> None:
    """What fails leaves it; what it prints is not taken for an answer; what ends it brings another one."""
    with OtherProcess() as other:
        first = other.call(functions.number, seconds=20)
        with pytest.raises(CallError, match="no such thing") as raised:
            other.call(functions.fails, seconds=20)
        assert raised.value.kind == "LookupError"
        assert other.call(functions.prints, seconds=20) == "quiet"
        assert other.call(functions.number, seconds=20) == first
        with pytest.raises(EndedError):
            other.call(functions.ends, seconds=20)
        second = other.call(functions.number, seconds=20)
        began = time.monotonic()
        with pytest.raises(TimeOverError):
            other.call(functions.searches, seconds=0.3)
        assert time.monotonic() - began < 10
        assert len({first, second, other.call(functions.number, seconds=20)}) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can hold a process to its memory")
def test_memory_is_bounded(functions: Any) -> None:
    """The call fails, and the process goes on."""
    with OtherProcess() as other:
        with pytest.raises(CallError) as raised:
            other.call(functions.takes, MEGABYTES + 100, seconds=20)
        assert raised.value.kind == "MemoryError"
        assert other.call(functions.takes, 1, seconds=20) == 1024 * 1024


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no alarm of the system")
def test_it_ends_by_itself() -> None:
    """Also where the one that started it is gone, and cannot end it."""
    code = "from pytest_iflow.bounded.process import _end_after as end; end(0.2)\nwhile True: pass"
    ended = subprocess.run([sys.executable, "-c", code], check=False, timeout=30)  # noqa: S603, our Python
    assert ended.returncode == -signal.SIGALRM
