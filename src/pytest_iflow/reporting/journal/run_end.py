"""How a run comes to its end: why a scenario of its plan was not run, and the seal under what it left."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from typing import Any

import pytest

from pytest_iflow.reporting.journal.journal import Journal


class RunEnd:
    """Watches what cuts a run short."""

    def __init__(self) -> None:
        self.interrupted = False
        self._reason = ""
        self._crashed: list[str] = []

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Note that the run was cut short: by Ctrl-C, ``pytest.exit``, or pytest's own decision."""
        self.interrupted = True
        said = str(excinfo.value)
        self._reason = f"the run was interrupted ({said})" if said else "the run was interrupted"

    def pytest_internalerror(self) -> None:
        """Note that the run broke off."""
        self.interrupted = True

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Note that a worker of xdist crashed."""
        if error:
            self._crashed.append(node.gateway.id)

    def reason(self, session: pytest.Session) -> str:
        """Return why scenarios were not run, in words that go on with "… before it ran"."""
        if self._reason:
            return self._reason
        if self._crashed:
            return f"worker {' and '.join(self._crashed)} crashed"
        if session.shouldfail:
            return "the run stopped after a failure (-x, --maxfail)"
        return "the run broke off" if self.interrupted else "the run ended"


class RunSeal:
    """Seals the journal when all others have written, the leak gate among them; ``seal`` is empty before."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.seal = ""

    @pytest.hookimpl(wrapper=True, trylast=True)  # around the gate, which is registered later
    def pytest_sessionfinish(self) -> Generator[None]:
        """Seal what the run left; without a seal it cannot be accepted."""
        try:
            return (yield)
        finally:
            with suppress(OSError):
                self.seal = self._journal.seal()
