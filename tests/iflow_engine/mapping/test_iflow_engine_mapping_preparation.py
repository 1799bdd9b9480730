"""What of message mappings is missing, said beforehand; mappings that are artifacts of their own."""

from __future__ import annotations

from pathlib import Path

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.engine import Engine
from pytest_iflow.iflow_engine.mapping.preparation import missing_in_mapping
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.registry import not_supported
from pytest_iflow.iflow_model.package import Package, read_package
from pytest_iflow.iflow_model.readiness import readiness
from tests.engine_flows import Answers, bundle_files, end, row, start
from tests.exported_bundles import exported_package, manifest, zipped
from tests.message_mappings import const, func, mapping_files, mapping_step, mmap, src


def package_of(folder: Path, content: bytes, **settings: str) -> Package:
    """Return a package with a flow, and the mapping as an artifact of its own beside it."""
    flow = bundle_files(row([start(), mapping_step(**settings), end()]))
    mapping = {
        "META-INF/MANIFEST.MF": manifest("Maps").replace(b"IntegrationFlow", b"MessageMapping"),
        **mapping_files(content),
    }
    path = folder / "package.zip"
    path.write_bytes(
        exported_package(
            "Package",
            {"f": ("IFlow", "Flow", zipped(flow)), "m": ("MessageMapping", "Maps", zipped(mapping))},
        )
    )
    return read_package(path)


def missing(package: Package) -> list[str]:
    """Return in words what the flow lacks."""
    (found,) = readiness(package, not_supported, missing_in_mapping=missing_in_mapping)
    return [one.kind for one in found.missing]


def test_what_is_missing_is_said_beforehand(tmp_path: Path) -> None:
    """All of it, each once; a mapping without such parts is ready."""
    content = mmap(
        {
            "/out/value": func("future", func("pad", const("1"), library="Texts")),
            "/out/one": func("future", const("2")),
        }
    )
    held = {"messageMappingBundleId": "Maps"}
    assert missing(package_of(tmp_path, content, **held)) == [
        "message mapping Map: function pad of Texts",
        "message mapping Map: function future",
    ]
    assert missing(package_of(tmp_path, mmap({"/out/one": const("1")}), **held)) == []
    assert missing(package_of(tmp_path, content)) == ["message mapping Map: a file that is not in the bundle"]
    assert missing(package_of(tmp_path, content, messageMappingBundleId="Other")) == [
        "message mapping Map: a file that is not in the message mapping Other beside the flow"
    ]
    assert missing(package_of(tmp_path, content, mappingReference="dynamic")) == [
        "message mapping Map: a mapping that is named by the message"
    ]


def test_a_mapping_beside_the_flow_is_run(tmp_path: Path) -> None:
    """With its own schemas."""
    content = mmap({"/out/one": src("/in/group/name", "/in")})
    package = package_of(tmp_path, content, messageMappingBundleId="Maps")
    (bundle,) = package.flows()
    engine = Engine(Answers())
    engine.deploy(DeployedFlow(bundle, None, package))
    done = engine.start(bundle.id, Message("<in><group><name>A</name></group></in>"))
    assert done.error is None
    assert done.message.binary().endswith(b"<out><one>A</one></out>")
