"""Whether a flow would run is known before it runs."""

from __future__ import annotations

from pathlib import Path

from pytest_iflow.iflow_model.flow import Flow
from pytest_iflow.iflow_model.package import read_package
from pytest_iflow.iflow_model.readiness import Missing, Readiness, readiness
from tests import engine_flows as flows
from tests import exported_bundles as made
from tests.exported_orders import as_package, as_zip


def test_a_flow_is_ready_where_nothing_is_missing(tmp_path: Path) -> None:
    """With its script collection beside it; what could not be read is not ready."""
    found = readiness(read_package(as_package(tmp_path)), lambda _flow: [])
    name = "Orders_of_a_shop_whose_name_is_longer_than_one_line_of_a_manifest_may_be"
    assert found[0] == Readiness(name, ())
    assert found[0].ready
    assert [(one.name, one.ready) for one in found[1:]] == [("Broken", False), ("Empty", False)]
    assert found[2].missing == (Missing("", "cannot be read: this is no zip"),)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    """What the engine lacks, each once, and a script that lies in a collection which is not here."""

    def no_routers(flow: Flow) -> list[Missing]:
        return [Missing(step.name, step.kind) for step in flow.steps() if step.kind == "router"] * 2

    (found,) = readiness(read_package(as_zip(tmp_path)), no_routers)
    assert not found.ready
    assert found.missing == (
        Missing("Which?", "router"),
        Missing(
            "Shared",
            "Groovy script all.groovy that is not here: the package has no script collection Common; "
            "put the zip of its package, or of the collection, into the same folder",
        ),
    )


def test_classes_that_a_script_needs_are_named(tmp_path: Path) -> None:
    """As far as the engine can tell them from the script."""
    package = read_package(as_package(tmp_path))
    found = readiness(package, lambda _flow: [], lambda script: ["org.json.JSONObject"] if script else [])
    assert found[0].missing == (
        Missing("Look up", "Groovy script look.groovy that needs org.json.JSONObject"),
        Missing("Shared", "Groovy script all.groovy that needs org.json.JSONObject"),
    )


def test_classes_of_archives_in_the_bundle_are_there(tmp_path: Path) -> None:
    """Others are missing all the same; a damaged archive has none."""
    jar = made.zipped({"org/json/JSONObject.class": b"", "META-INF/MANIFEST.MF": b""})
    parts = flows.row(
        [flows.start(), made.step("s", "Look", "Script", "GroovyScript", script="a.groovy"), flows.end()]
    )
    files = flows.bundle_files(parts) | {
        "src/main/resources/script/a.groovy": b"import org.json.JSONObject",
        "src/main/resources/lib/json.jar": jar,
        "src/main/resources/lib/broken.jar": b"no archive",
    }
    path = made.write(tmp_path / "flow.zip", made.zipped(files))

    def needs(_script: str) -> list[str]:
        return ["org.json.JSONObject", "iaik.cms.Envelope"]

    (found,) = readiness(read_package(path), lambda _flow: [], needs)
    assert found.missing == (Missing("Look", "Groovy script a.groovy that needs iaik.cms.Envelope"),)


def test_what_leads_nowhere_is_missing(tmp_path: Path) -> None:
    """A route to a step and a call of a process that are not there."""
    parts = [
        flows.start(),
        made.step("call", "Call", "ProcessCallElement", "NonLoopingProcess", processId="gone"),
        made.route("r0", "start", "call"),
        made.route("r1", "call", "nobody"),
    ]
    path = made.write(tmp_path / "flow.zip", made.zipped(flows.bundle_files(parts)))
    (found,) = readiness(read_package(path), lambda _flow: [])
    assert found.missing == (
        Missing("Call", "route to a step that is not there: nobody"),
        Missing("Call", "process call of a process that is not there: gone"),
    )
