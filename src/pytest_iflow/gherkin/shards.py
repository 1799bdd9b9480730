"""One suite on several machines: ``--shard 2/4`` runs the second of four parts, the same ones everywhere."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest

from pytest_iflow.errors import ConfigurationError

_SHARD = re.compile(r"(\d{1,6})/(\d{1,6})")

_EMPTY = "iflow_shard_is_empty"
"""What a worker tells the controller at its end."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Part ``number`` of ``count``, counted from 1."""

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Return the shard that ``K/N`` names; raises ConfigurationError if it names none."""
        found = _SHARD.fullmatch(text.strip())
        shard = cls(int(found[1]), int(found[2])) if found else cls(0, 0)
        if not 1 <= shard.number <= shard.count:
            raise ConfigurationError(
                f'"{text}" is no shard.',
                where="--shard",
                remedy="Say which part of how many this machine runs, such as --shard=2/4.",
            )
        return shard

    def __str__(self) -> str:
        return f"shard {self.number}/{self.count}"


class ShardSelection:
    """Keeps the tests of one shard, in every process that collects.

    A test's place among the sorted node ids decides, so it is in exactly one shard whatever order the
    machines run in; neighbours, which often take as long as each other, go to different ones.
    """

    def __init__(self, shard: Shard) -> None:
        self.part = shard
        self._others_run_all = False

    def pytest_report_header(self) -> str:
        """Say which part of the suite runs here."""
        return f"iflow: {self.part} of the suite"

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None]:
        """Deselect what other machines run, after -k, -m and --scenario, which are the same on all."""
        yield
        node_ids = sorted({item.nodeid for item in items})
        kept = frozenset(node_ids[self.part.number - 1 :: self.part.count])
        self._others_run_all = bool(node_ids) and not kept
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in kept])
        items[:] = [item for item in items if item.nodeid in kept]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Learn of a worker of xdist, which alone collects, whether the shard is empty."""
        self._others_run_all |= getattr(node, "workeroutput", {}).get(_EMPTY, False)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let a machine pass that is left without work, since the suite has fewer tests than machines."""
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[_EMPTY] = self._others_run_all
        elif self._others_run_all and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say that nothing ran here, and that this is no mistake."""
        if self._others_run_all:
            terminalreporter.write_line(f"{self.part} is empty: the other machines run all tests")
