"""One process of a load run: reads its ``LoadOrder`` from standard input, tells of it on standard output.

It is started by ``python -m gevent.monkey --module``, so that gevent has replaced sockets, locks and pauses
before anything is imported. The end of standard input ends the load, so none is left behind when the command
is killed. What it tells is one JSON document a line, a ``Told``.
"""

from __future__ import annotations

import base64
import contextlib
import io
import os
from dataclasses import replace
from typing import BinaryIO, TextIO

import gevent
import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.load.figures import Measured, Told
from pytest_iflow.load.locust_users import LoadUsers
from pytest_iflow.load.measured_calls import LoadRun, Throttle
from pytest_iflow.load.order import LoadOrder
from pytest_iflow.load.scenarios import ScenarioRuns, loadable, tagged
from pytest_iflow.results.json_format import decode, encode
from pytest_iflow.run import RUN
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.masking_rules import MaskingRules


class LoadSession:
    """Makes the load in a session of pytest that has collected the scenarios and runs no test."""

    def __init__(self, order: LoadOrder, orders: BinaryIO, said: TextIO) -> None:
        self.told = False
        self._order = order
        self._orders = orders
        self._said = said

    def tell(self, told: Told) -> None:
        """Say it to the command."""
        self.told = self.told or told.progress is None
        self._said.write(encode(told).decode() + "\n")
        self._said.flush()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep what has the tag; the rest need not even be fit to run."""
        items[:] = tagged(items, self._order.tag)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Make the load in the place of tests."""
        if session.testsfailed and not session.config.option.continue_on_collection_errors:
            raise session.Failed(f"{session.testsfailed} errors while collecting")
        with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):  # noqa: PTH123, it is a device
            try:
                measured = self._load(session)
            except IflowError as error:
                self.tell(Told(refused=mask(str(error))))
            else:
                self.tell(Told(measured=measured))
        return True

    def _load(self, session: pytest.Session) -> Measured | None:
        order, config = self._order, session.config
        scenarios, left_out = loadable(session.items, order.tag)
        collected = config.stash[RUN]
        throttle = Throttle()
        load = LoadUsers(order, collected.environment, throttle)
        run = LoadRun(
            *(collected.environment, collected.environ, collected.root, order.emulator_keys),
            *(order.workers, throttle, load.tell),
        )
        with contextlib.closing(run):
            if order.tokens:
                run.tokens.adopt(base64.b64decode(order.tokens))
            config.stash[RUN] = run
            gevent.spawn(self._end_with_input, load)
            reasons = run.environment.masking == MaskingRules()
            with contextlib.closing(ScenarioRuns(scenarios, load.tell, reasons=reasons)) as load.runs:
                measured = load.load(lambda progress: self.tell(Told(progress=progress)))
        if measured is None:
            return None
        return replace(measured, left_out=(*map(mask, left_out), *measured.left_out))

    def _end_with_input(self, load: LoadUsers) -> None:
        """End the load when whoever started it closes standard input, or is gone."""
        gevent.get_hub().threadpool.spawn(self._orders.read).wait()
        load.ended.set()


def _arguments(order: LoadOrder) -> list[str]:
    """Return the arguments of pytest: they collect, and run nothing."""
    named = [f"--tenant={order.tenant}", f"--environment={order.environment}"]
    tenants = f"--override-ini=iflow_tenants={order.tenants}"
    # Locust has a plugin of pytest, so pytest would rewrite its asserts; it is imported already.
    imported = "-Wignore::pytest.PytestAssertRewriteWarning"
    return ["--collect-only", "-q", "-n0", imported, tenants, *named, *order.paths]


def main() -> None:
    """Do what standard input says."""
    # pytest takes standard input away, and what steps print must not come between what this process tells.
    with os.fdopen(os.dup(0), "rb") as orders, os.fdopen(os.dup(1), "w", encoding="utf-8") as said:
        os.dup2(2, 1)
        order = decode(orders.readline(), LoadOrder)
        session = LoadSession(order, orders, said)
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
            pytest.main(_arguments(order), plugins=[session])
        if not session.told:
            session.tell(Told(refused=mask(out.getvalue()).strip() or "pytest collected nothing"))


if __name__ == "__main__":
    main()
