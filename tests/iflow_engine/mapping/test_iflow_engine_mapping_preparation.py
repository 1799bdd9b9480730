"""What of message mappings is missing, said beforehand; mappings that are artifacts of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.engine import Engine
from pytest_iflow.iflow_engine.mapping.own_functions import parameter_types
from pytest_iflow.iflow_engine.mapping.preparation import missing_in_mapping
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.registry import not_supported
from pytest_iflow.iflow_model.package import Package, read_package
from pytest_iflow.iflow_model.readiness import readiness
from tests.engine_flows import Answers, bundle_files, end, row, start
from tests.exported_bundles import exported_package, manifest, zipped
from tests.message_mappings import const, func, mapping_files, mapping_step, mmap, src


def package_of(
    folder: Path, content: bytes, scripts: Mapping[str, bytes] | None = None, **settings: str
) -> Package:
    """Return a package with a flow, and the mapping as an artifact of its own beside it."""
    flow = bundle_files(row([start(), mapping_step(**settings), end()]))
    mapping = {
        "META-INF/MANIFEST.MF": manifest("Maps").replace(b"IntegrationFlow", b"MessageMapping"),
        **mapping_files(content),
        **(scripts or {}),
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
    assert missing(package_of(tmp_path, content, None, **held)) == [
        "message mapping Map: function pad of Texts, whose script is not in the bundle",
        "message mapping Map: function future",
    ]
    assert missing(package_of(tmp_path, mmap({"/out/one": const("1")}), None, **held)) == []
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


OWN = b"""import com.sap.it.api.mapping.*
import org.joda.time.DateTime
// def String pad(int number) {}
def String pad(final java.lang.String text, int size, MappingContext context) { text }
String[] many(String texts[], Output output, Output other) { }
def String untyped(one, MappingContext context) { one }
def Message step(Message message) { message }
def void both(String[] texts, Output output, Output other) { }
"""


def test_which_own_functions_can_be_run(tmp_path: Path) -> None:
    """By the types of their parameters, and by what their script needs."""
    source = OWN.decode()
    assert parameter_types(source, "pad") == ["String", "int", "MappingContext"]
    assert parameter_types(source, "many") is None
    assert parameter_types(source, "untyped") == ["", "MappingContext"]
    assert parameter_types(source, "step") == ["Message"]
    library = '<entry name="T"><libref><key><elem>own.groovy</elem><elem>script</elem></key></libref></entry>'
    fields = {
        "/out/value": func("pad", const("1"), const("2"), library="T"),
        "/out/value[1]": func("pad", const("1"), library="T"),
        "/out/one": func("step", const("1"), library="T"),
    }
    for function, number, missing_ in (("both", 1, []), ("both", 2, ["function both with 3 outputs"])):
        content = mmap({"/out/one": func(function, const("1"), library="T")}, libraries=library)
        content = content.replace(b"<arg><brick", b'<arg from="%d"><brick' % number)
        plain = OWN.replace(b"import org.joda.time.DateTime\n", b"")
        script = {"src/main/resources/script/own.groovy": plain}
        package = package_of(tmp_path, content, script, messageMappingBundleId="Maps")
        assert missing(package) == [f"message mapping Map: {one}" for one in missing_]
    scripts = {"src/main/resources/script/own.groovy": OWN}
    held = {"messageMappingBundleId": "Maps"}
    assert missing(package_of(tmp_path, mmap(fields, libraries=library), scripts, **held)) == [
        "message mapping Map: function pad of T, whose script needs org.joda.time.DateTime",
        "message mapping Map: function pad of T, whose parameters do not fit",
        "message mapping Map: function step of T, whose parameters do not fit",
        "message mapping Map: function step of T, whose script needs org.joda.time.DateTime",
    ]
