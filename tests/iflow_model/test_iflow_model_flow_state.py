"""What decides the way of a message: which part of a flow counts as another one when something changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pytest_iflow.iflow_model.flow_state import FlowState, changed_parts, flow_state
from pytest_iflow.iflow_model.package import read_package
from pytest_iflow.iflow_model.used_files import digest
from tests import engine_flows as flows
from tests import exported_bundles as made

SCRIPTS = "src/main/resources/script/"


def state(
    tmp_path: Path,
    *steps: str,
    main: Sequence[str] | None = None,
    beside: Mapping[str, tuple[str, str, bytes]] | None = None,
    values: Mapping[str, str] | None = None,
    connections: Sequence[str] = (),
    sender: str = "HTTPS",
    files: Mapping[str, bytes] | None = None,
) -> FlowState:
    """Return the state of a flow in a package, with steps in a row unless ``main`` has all parts."""
    parts = main or flows.row([flows.start(), *steps, flows.end()])
    bundle = flows.bundle_files(parts, connections=connections, sender=sender) | dict(files or {})
    contents = {"f": ("IFlow", "Flow", made.zipped(bundle)), **(beside or {})}
    package = read_package(made.write(tmp_path / "p.zip", made.exported_package("P", contents)))
    (flow,) = package.flows()
    return flow_state(package, flow, values)


def collection(own: str, kind: str, resource: str, files: Mapping[str, bytes]) -> tuple[str, str, bytes]:
    """Return a bundle of a package that holds no flow."""
    held = {"META-INF/MANIFEST.MF": made.manifest(own, kind=kind), **files}
    return resource, own, made.zipped(held)


def script(own: str, name: str, bundle: str = "") -> str:
    """Return a Groovy step, with a script of its own bundle or of a collection."""
    return made.step(own, own, "Script", "GroovyScript", script=name, scriptBundleId=bundle)


def test_a_script_counts_at_the_steps_that_use_it(tmp_path: Path) -> None:
    """Of a collection only the script that a step names, and what is no script; without one it is another."""
    steps = script("one", "one.groovy", "Common"), script("two", "two.groovy", "Common")

    def common(**files: bytes) -> dict[str, tuple[str, str, bytes]]:
        held = {"one": b"1", "two": b"2", **files}
        named = {f"{SCRIPTS}{name}.groovy": data for name, data in held.items() if name != "jar"}
        named |= {"src/main/resources/lib/a.jar": held["jar"]} if "jar" in held else {}
        return {"c": collection("Common", "ScriptCollection", "ScriptCollection", named)}

    new = state(tmp_path, *steps, beside=common())
    assert list(changed_parts(state(tmp_path, *steps, beside=common(one=b"x")), new)) == ["one"]
    assert list(changed_parts(state(tmp_path, *steps, beside=common(jar=b"x")), new)) == ["one", "two"]
    words = changed_parts(state(tmp_path, *steps), new)
    assert words["one"] == 'Common that Groovy script "one" uses'
    own = script("own", "own.groovy")
    texts = {f"{SCRIPTS}own.groovy": b"1", f"{SCRIPTS}dead.groovy": b"1"}
    before, after = (
        state(tmp_path, own, files=texts),
        state(tmp_path, own, files=texts | {f"{SCRIPTS}own.groovy": b"2"}),
    )
    assert changed_parts(before, after) == {"own": 'script "own.groovy" of Groovy script "own"'}
    after = state(tmp_path, own, files=texts | {f"{SCRIPTS}dead.groovy": b"2"})
    assert changed_parts(before, after) == {"": 'script "dead.groovy"'}


def test_a_script_counts_where_another_one_names_its_class(tmp_path: Path) -> None:
    """In the flow's own bundle, though a step names it as well, and in a collection; with what it shares."""
    steps = script("user", "user.groovy"), script("own", "Tool.groovy"), script("far", "far.groovy", "Common")
    using = b"import src.main.resources.script.Tool\nnew Tool().x()"

    def with_tool(own: bytes = b"1", far: bytes = b"1") -> FlowState:
        files = {f"{SCRIPTS}user.groovy": using, f"{SCRIPTS}Tool.groovy": own}
        held = {f"{SCRIPTS}far.groovy": using, f"{SCRIPTS}Tool.groovy": far, f"{SCRIPTS}Too.groovy": b""}
        beside = {"c": collection("Common", "ScriptCollection", "ScriptCollection", held)}
        return state(tmp_path, *steps, beside=beside, files=files)

    before = with_tool()
    assert set(changed_parts(before, with_tool(own=b"2"))) == {"user", "own"}
    assert set(changed_parts(before, with_tool(far=b"2"))) == {"far"}
    assert not before.keeping
    assert with_tool(own=b"numberRange").keeping == {"user", "own"}


def test_mappings_of_the_package_count_where_they_may_be_used(tmp_path: Path) -> None:
    """Value mappings at scripts and mappings, a message mapping where it is named, all files if any may."""
    steps = (
        script("code", "one.groovy"),
        made.step("named", "named", "Mapping", "MessageMapping", messageMappingBundleId="M"),
        made.step("any", "any", "Mapping", "XSLTMapping", mappingSource="mappingSrcHeader"),
        flows.modifier("plain"),
    )

    def beside(values: bytes, mapping: bytes) -> dict[str, tuple[str, str, bytes]]:
        path = "src/main/resources/mapping/m.mmap"
        return {
            "v": collection("V", "ValueMapping", "ValueMapping", {"value_mapping.xml": values}),
            "m": collection("M", "MessageMapping", "MessageMapping", {path: mapping}),
        }

    new = state(tmp_path, *steps, beside=beside(b"1", b"1"))
    assert list(changed_parts(state(tmp_path, *steps, beside=beside(b"2", b"1")), new)) == ["code", "named"]
    assert list(changed_parts(state(tmp_path, *steps, beside=beside(b"1", b"2")), new)) == ["named"]
    sheet = {"src/main/resources/mapping/x.xsl": b"1"}
    assert list(changed_parts(state(tmp_path, *steps, beside=beside(b"1", b"1"), files=sheet), new)) == [
        "any"
    ]


def test_versions_and_receivers_of_one_name_count(tmp_path: Path) -> None:
    """What ``model diff`` leaves aside, such as the version of a component; adapters are not mixed up."""
    one = made.step("cm", "cm", "Enricher", componentVersion="1.5")
    old = made.step("cm", "cm", "Enricher", componentVersion="1.4")
    assert list(changed_parts(state(tmp_path, old), state(tmp_path, one))) == ["cm"]

    def twice(first: str, second: str) -> FlowState:
        ways = [
            made.participant("p", "Shop", "EndpointRecevier"),
            made.adapter("a1", "HTTP", "Receiver", "call", "p", httpAddressWithoutQuery=first),
            made.adapter("a2", "HTTP", "Receiver", "call", "p", httpAddressWithoutQuery=second),
        ]
        return state(tmp_path, flows.call_step("call"), connections=ways)

    assert changed_parts(twice("https://a", "https://b"), twice("https://c", "https://b")) == {
        "call": 'HTTP receiver adapter of "Shop"'
    }


def test_parts_that_have_one_id_both_count(tmp_path: Path) -> None:
    """Ids are those of a file, and nobody has checked that each is there once."""
    old, new = (state(tmp_path, flows.modifier("r0", text)) for text in ("a", "b"))
    assert changed_parts(old, new) == {"r0": 'content modifier "r0"'}


@pytest.mark.parametrize(
    ("part", "keeps"),
    [
        (made.step("x", "x", "DBstorage", "put"), True),
        (flows.modifier("x", headerTable=flows.table(flows.header("h", "v", "global variable"))), True),
        (flows.modifier("x", headerTable=flows.table(flows.header("h", "v", "numberrange"))), True),
        (script("x", "range.groovy"), True),
        (flows.modifier("x", headerTable=flows.table(flows.header("h", "v"))), False),
    ],
)
def test_steps_that_share_something_are_known(tmp_path: Path, part: str, *, keeps: bool) -> None:
    """Data stores, variables, number ranges; a flow that polls a data store shares what it takes."""
    text = {f"{SCRIPTS}range.groovy": b"getService(NumberRangeConfigurationService, null)"}
    assert state(tmp_path, part, files=text).keeping == ({"x"} if keeps else set())
    polling = state(tmp_path, sender="DataStoreConsumer")
    assert (set(polling.keeping), polling.is_fed) == ({"start"}, True)


def test_a_digest_is_that_of_any_text() -> None:
    """Values of parameters may hold half a surrogate pair; the order of keys does not count."""
    assert digest({"a": "\ud800", "b": "1"}) == digest({"b": "1", "a": "\ud800"})
