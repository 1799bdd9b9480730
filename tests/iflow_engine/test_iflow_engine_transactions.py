"""Transactions of processes: what stays of data stores, variables and queues where a process fails."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pytest_iflow.iflow_engine.engine import Engine
from pytest_iflow.iflow_engine.run_record import FlowRun
from tests.engine_flows import (
    bundle_files,
    call_step,
    cells,
    end,
    handler,
    modifier,
    receiver,
    row,
    run,
    start,
)
from tests.exported_bundles import IFLW, event, process, step

NOT_REQUIRED, JDBC, JMS = "Not Required", "Required", "Required JMS"
FAILS = step("fails", "fails", "Filter", wrapContent="//[", xpathType="Nodelist")
ERROR_END = event("error-end", "Error End", "endEvent", "error")
WRITES = (
    step("put", "put", "DBstorage", "put", storageName="S", messageId="new"),
    step("over", "over", "DBstorage", "put", storageName="S", messageId="old", override="true"),
    step("del", "del", "DBstorage", "delete", storageName="S", dataStoreId="gone"),
    step("var", "var", "Variables", variable=cells(["v", "", "constant", "2", "local"])),
    call_step("sends", "Send"),
)


def went(
    engine: Engine, handling: str, *steps: str, version: str = "1.1.3", more: Sequence[str] = ()
) -> FlowRun:
    """Run a flow whose main process has this transaction handling."""
    said = {"transactionalHandling": handling} if handling else {}
    parts = [*row([start(), *steps, end()]), *more]
    whole = process("main", "Integration Process", parts, version=version, **said)
    files = bundle_files(parts, connections=receiver("Queue", "JMS", "sends", QueueName_outbound="Q"))
    plain = process("main", "Integration Process", parts).encode()
    assert plain in files[IFLW]
    files[IFLW] = files[IFLW].replace(plain, whole.encode())
    return run(files, "<a/>", engine=engine)


def tenant() -> Engine:
    """An engine with two entries and a variable."""
    engine = Engine()
    for own in ("old", "gone"):
        went(
            engine,
            "",
            step(
                "put", "put", "DBstorage", "put", storageName="S", messageId=own, includeMessageHeaders="true"
            ),
        )
    went(engine, "", step("var", "var", "Variables", variable=cells(["v", "", "constant", "1", "local"])))
    return engine


def left(engine: Engine) -> tuple[list[str], str | None, int]:
    """Which entries there are, the value of the variable, and how many messages are in the queue."""
    return (
        sorted(one.id for one in engine.stores.entries()),
        engine.stores.variable("v", "Flow"),
        len(engine.queued("Q")),
    )


BEFORE = (["gone", "old"], "1", 0)
AFTER = (["new", "old"], "2", 1)


@pytest.mark.parametrize(
    ("handling", "version", "wanted"),
    [
        (NOT_REQUIRED, "1.1.3", AFTER),
        ("", "1.1.3", AFTER),
        (JDBC, "1.1.3", (["gone", "old"], "1", 1)),
        (JMS, "1.1.3", (["new", "old"], "2", 0)),
        ("", "1.0.2", (["gone", "old"], "1", 1)),
    ],
)
def test_what_stays_of_a_process_that_fails(handling: str, version: str, wanted: object) -> None:
    """What the transaction is for is as before; version 1.0 has one for the database without saying so."""
    engine = tenant()
    assert went(engine, handling, *WRITES, FAILS, version=version).status == "FAILED"
    assert left(engine) == wanted
    bodies = {one.id: one.body for one in engine.stores.entries()}
    assert bodies["old"] == "<a/>"


@pytest.mark.parametrize("handling", [NOT_REQUIRED, JDBC, JMS])
def test_all_of_it_stays_of_a_process_that_ends(handling: str) -> None:
    """Be there a transaction or not."""
    engine = tenant()
    assert went(engine, handling, *WRITES).status == "COMPLETED"
    assert left(engine) == AFTER


def test_an_exception_sub_process_decides_by_its_end() -> None:
    """With a message end the process ended, with an error end it failed."""
    engine = tenant()
    assert went(engine, JDBC, *WRITES, FAILS, more=[handler(modifier("h", "x"))]).status == "COMPLETED"
    assert left(engine) == AFTER
    engine = tenant()
    went(engine, JDBC, *WRITES, FAILS, more=[handler(modifier("h", "x"), ends=ERROR_END)])
    assert left(engine) == (["gone", "old"], "1", 1)


def test_a_local_process_has_its_own_or_that_of_its_caller() -> None:
    """Its own is over when it ends, so that what fails later does not take it back."""
    for inner, outer, wanted in (
        (JDBC, NOT_REQUIRED, ["in", "out"]),
        ("From Calling Process", JDBC, []),
        (JDBC, JDBC, []),
    ):
        engine = Engine()
        put = step("in", "in", "DBstorage", "put", storageName="S", messageId="in")
        held = row([event("i-start", "Start"), put, event("i-end", "End", "endEvent")], "i")
        called = process("inner", "inner", held, "LocalIntegrationProcess", transactionalHandling=inner)
        main = row(
            [
                start(),
                step("call", "call", "ProcessCallElement", "NonLoopingProcess", processId="inner"),
                step("out", "out", "DBstorage", "put", storageName="S", messageId="out"),
                FAILS,
                end(),
            ]
        )
        files = bundle_files(main, [called])
        plain = process("main", "Integration Process", main)
        said = process("main", "Integration Process", main, transactionalHandling=outer)
        files[IFLW] = files[IFLW].replace(plain.encode(), said.encode())
        assert run(files, "<a/>", engine=engine).status == "FAILED"
        assert [one.id for one in engine.stores.entries()] == wanted
