"""Whether a flow would run is known before it runs."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.flow import Step
from pytest_iflow.iflow_model.package import Package, read_package
from pytest_iflow.iflow_model.readiness import Missing, Readiness, Supported, readiness
from tests.exported_orders import as_package, as_zip

_ALL = Supported(
    frozenset({
        "message start", "content modifier", "router", "Groovy script", "request-reply",
        "looping process call", "message end", "error start", "escalation end", "start",
    }),
    frozenset({"HTTPS"}),
    frozenset({"HTTP", "SFTP"}),
)  # fmt: skip


def test_a_flow_is_ready_where_nothing_is_missing(tmp_path: Path) -> None:
    """With its script collection beside it; what could not be read is not ready."""
    found = readiness(read_package(as_package(tmp_path)), _ALL)
    name = "Orders_of_a_shop_whose_name_is_longer_than_one_line_of_a_manifest_may_be"
    assert found[0] == Readiness(name, ())
    assert found[0].ready
    assert [(one.name, one.ready) for one in found[1:]] == [("Broken", False), ("Empty", False)]
    assert found[2].missing == (Missing("", "cannot be read: this is no zip"),)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    """A kind, an adapter of one direction, a script that is not here, what the engine says of a step."""

    def lacks(_package: Package, _bundle: Bundle, step: Step) -> str:
        return "the function x" if step.name == "Look up" else ""

    less = replace(_ALL, steps=_ALL.steps - {"router"}, receivers=frozenset({"HTTP"}), lacks=lacks)
    (found,) = readiness(read_package(as_zip(tmp_path)), less)
    assert not found.ready
    assert found.missing == (
        Missing("Which?", "router"),
        Missing("Look up", "the function x"),
        Missing("Shared", "Groovy script all.groovy that is not in the script collection Common"),
        Missing("Mail box", "SFTP receiver adapter"),
    )
