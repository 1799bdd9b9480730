"""The exported iFlows of a suite, as its local tenant runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.iflow_model.flow_state import changed_parts
from pytest_iflow.tenants.deployed_flows import deployed_flows
from pytest_iflow.tenants.model import BundleSource, Client, Environment
from tests import engine_flows as flows
from tests import exported_bundles as made

SCRIPT = "src/main/resources/script/all.groovy"


def collection(text: bytes) -> bytes:
    """Return the zip of a script collection."""
    return made.zipped(
        {"META-INF/MANIFEST.MF": made.manifest("Common", kind="ScriptCollection"), SCRIPT: text}
    )


def test_flows_have_what_other_zips_bring(tmp_path: Path) -> None:
    """Collections of the folder serve all flows, those that the tenant file names, too, but their own win."""
    step = made.step("s", "s", "Script", "GroovyScript", script="all.groovy", scriptBundleId="Common")
    files = flows.bundle_files(
        flows.row([flows.start(), step, flows.end()]),
        connections=flows.receiver("Shop", "HTTP", "s"),
        own="A",
    )
    folder = tmp_path / "tenants/local-flows"
    made.write(folder / "a.zip", made.zipped(files))
    made.write(folder / "a.prop", b"x=1")
    made.write(folder / "common.zip", collection(b"of the folder"))
    own = {"META-INF/MANIFEST.MF": made.manifest("B")}
    contents = {
        "b": ("IFlow", "B", made.zipped(files | own)),
        "c": ("ScriptCollection", "Common", collection(b"its own")),
    }
    path = made.write(tmp_path / "named/b.zip", made.exported_package("P", contents))
    environment = Environment(
        "local",
        "dev",
        tmp_path / "tenants",
        {"default": Client("default", "emulator:a.json")},
        bundles={"b": BundleSource(path, {"y": "2"})},
    )
    first, second = deployed_flows(environment)
    assert (first.bundle.id, first.given, first.receivers) == ("A", {"x": "1"}, ["Shop"])
    assert (second.bundle.id, second.given) == ("B", {"y": "2"})
    steps = [next(one for one in each.flow.steps() if one.id == "s") for each in (first, second)]
    assert first.package.script(first.bundle, steps[0]) == b"of the folder"
    assert second.package.script(second.bundle, steps[1]) == b"its own"
    made.write(folder / "common.zip", collection(b"changed"))
    now, other = deployed_flows(environment)
    assert list(changed_parts(first.state(), now.state())) == ["s"]
    assert changed_parts(second.state(), other.state()) == {}
    made.write(folder / "common.zip", b"no zip")
    with pytest.raises(ConfigurationError, match=r"common\.zip cannot be read: this is no zip"):
        deployed_flows(environment)
