"""Secrets that one process of pytest-xdist knows and another has to mask.

They travel over the channel of execnet, as tokens do: to a worker when it starts, and back with each report,
so that the controller knows them before it shows anything. Nothing of it is on disk.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from pytest_iflow.tenants.secrets import REGISTRY

_KEY = "iflow_secrets"


class SecretsForWorkers:
    """The controller's part: hands out what it knows, and learns what workers found out."""

    @pytest.hookimpl(optionalhook=True, trylast=True)  # when tokens were asked for
    def pytest_configure_node(self, node: Any) -> None:
        """Hand over what is known so far."""
        node.workerinput[_KEY] = REGISTRY.export()

    @pytest.hookimpl(wrapper=True)
    def pytest_report_from_serializable(self, data: dict[str, Any]) -> Generator[None, Any, Any]:
        """Learn what a worker found out since its last report."""
        REGISTRY.adopt(data.pop(_KEY, ()))
        return (yield)

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Learn the rest, for the gate; a worker that crashed can tell nothing more."""
        REGISTRY.adopt(getattr(node, "workeroutput", {}).get(_KEY, ()))


class SecretsOfWorker:
    """The worker's part: knows from its start what the controller knew, and tells what is new."""

    def __init__(self, config: pytest.Config) -> None:
        known: Any = config  # xdist adds attributes to it
        self._config = known
        REGISTRY.adopt(known.workerinput.get(_KEY, ()))
        self._told = len(REGISTRY.export())

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(self) -> Generator[None, Any, Any]:
        """Tell with a report what was registered since the last one."""
        data = yield
        if data is not None and (new := self._new()):
            data[_KEY] = new
        return data

    def pytest_sessionfinish(self) -> None:
        """Tell the rest."""
        self._config.workeroutput[_KEY] = self._new()

    def _new(self) -> list[tuple[str, bool]]:
        new = REGISTRY.export(after=self._told)
        self._told += len(new)
        return new
