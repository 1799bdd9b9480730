"""What ends the process, seen from within."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from pytest_iflow.emulator.stop_signals import stop_requested


@pytest.mark.skipif(os.name == "nt", reason="on Windows a signal kills")
def test_signal_sets_the_event_and_the_handler_is_put_back() -> None:
    """Afterwards SIGTERM means what it meant before."""
    before = signal.getsignal(signal.SIGTERM)

    async def scenario() -> bool:
        with stop_requested(until_stdin_closes=False) as stop:
            assert not stop.is_set()
            signal.raise_signal(signal.SIGTERM)
            return await asyncio.wait_for(stop.wait(), timeout=10)

    assert asyncio.run(scenario())
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_end_of_the_terminal_does_not_matter_under_nohup() -> None:
    """What is ignored stays so."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)

    async def scenario() -> bool:
        with stop_requested(until_stdin_closes=False) as stop:
            signal.raise_signal(signal.SIGHUP)
            await asyncio.sleep(0)
            return stop.is_set()

    try:
        assert not asyncio.run(scenario())
    finally:
        signal.signal(signal.SIGHUP, before)


def test_end_of_input_sets_the_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes before the end of the input does not matter."""
    (tmp_path / "input").write_bytes(b"x" * 10_000)

    async def scenario() -> bool:
        with stop_requested(until_stdin_closes=True) as stop:
            return await asyncio.wait_for(stop.wait(), timeout=10)

    with (tmp_path / "input").open("rb") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert asyncio.run(scenario())
