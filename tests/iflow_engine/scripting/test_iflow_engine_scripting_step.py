"""Script steps within flows: script collections, exception sub-processes, value mappings of packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.engine import Engine
from pytest_iflow.iflow_engine.failures import NotSupportedError
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.run_record import FlowRun
from pytest_iflow.iflow_engine.scripting.runner import Script, ScriptBundle, ScriptRunner
from pytest_iflow.iflow_engine.scripting.step import script_of_step
from pytest_iflow.iflow_model.package import read_package
from tests.engine_flows import bundle_files, end, handler, row, start
from tests.exported_bundles import exported_package, manifest, step, write, zipped
from tests.iflow_engine.scripting.groovy_scripts import IMPORTS

SCRIPTS = "src/main/resources/script/"
ROUTE = """
def processData(Message message) {
    def mapping = ITApiFactory.getApi(ValueMappingApi, null)
    def land = mapping.getMappedValue('SAP', 'Country', message.getBody(String), 'Shop', 'Land')
    message.setHeader('land', land)
    message.setProperty('parsed', new JsonSlurper().parseText('{"sum": 3}'))
    message
}
"""
SHARED = """
def log(Message message) {
    messageLogFactory.getMessageLog(message).addCustomHeaderProperty('land', message.headers.land)
    if (message.properties.parsed.sum > 2) { throw new IllegalStateException('too much') }
    message
}
"""
HANDLE = """
def processData(Message message) {
    def ex = message.properties.CamelExceptionCaught
    message.setBody(ex.message + ' / ' + ex.cause.class.simpleName)
    message
}
"""
VALUES = b"""<vm version="2.0"><group id="1">
<entry><agency>SAP</agency><schema>Country</schema><value>DE</value></entry>
<entry><agency>Shop</agency><schema>Land</schema><value>Deutschland</value></entry></group></vm>"""


def script_step(own: str, script: str, **properties: str) -> str:
    """Return a script step of version 1.1."""
    return step(
        own, own, "Script", "GroovyScript", script=script, subActivityType="GroovyScript", **properties
    )


def package_of(folder: Path, *parts: str) -> Path:
    """Write an exported package: a flow, a script collection, a value mapping."""
    steps = [
        start(),
        script_step("route", "route.groovy"),
        script_step("log", "log.groovy", scriptBundleId="Shared", scriptFunction="log"),
        end(),
    ]
    flow = bundle_files([*row(steps), *parts])
    flow |= {
        f"{SCRIPTS}route.groovy": (IMPORTS + ROUTE).encode(),
        f"{SCRIPTS}handle.groovy": (IMPORTS + HANDLE).encode(),
    }
    shared = {
        "META-INF/MANIFEST.MF": manifest("Shared", kind="ScriptCollection"),
        f"{SCRIPTS}log.groovy": (IMPORTS + SHARED).encode(),
    }
    values = {"META-INF/MANIFEST.MF": manifest("Values", kind="ValueMapping"), "value_mapping.xml": VALUES}
    return write(
        folder / "package.zip",
        exported_package(
            "Package",
            {
                "Flow": ("Flow", "IFlow", zipped(flow)),
                "Shared": ("Shared", "ScriptCollection", zipped(shared)),
                "Values": ("Values", "ValueMapping", zipped(values)),
            },
        ),
    )


def run_package(path: Path, scripts: ScriptRunner, body: str) -> FlowRun:
    """Run a message through the flow of a package."""
    package = read_package(path)
    engine = Engine(scripts=scripts)
    engine.deploy(DeployedFlow(package.flows()[0], {}, package))
    return engine.start("Flow", Message(body))


def test_a_script_of_a_collection_fails_with_its_line(tmp_path: Path, runner: ScriptRunner) -> None:
    """The step says where; the log has the words of a tenant, and what scripts noted before."""
    run = run_package(package_of(tmp_path), runner, "DE")
    assert run.status == "FAILED"
    assert run.error is not None
    thrown = "java.lang.IllegalStateException: too much"
    assert (
        run.error.message
        == f"javax.script.ScriptException: java.lang.Exception: {thrown}@ line 8 in log.groovy"
    )
    assert [each.error for each in run.steps] == ["", "", f"the script log.groovy, line 8: {thrown}"]
    assert run.message.log.custom_headers == [("land", "Deutschland")]


def test_an_exception_sub_process_has_the_exception(tmp_path: Path, runner: ScriptRunner) -> None:
    """With the object that was thrown as its cause."""
    run = run_package(package_of(tmp_path, handler(script_step("handle", "handle.groovy"))), runner, "DE")
    assert run.status == "COMPLETED"
    assert run.message.text().endswith("too much@ line 8 in log.groovy / IllegalStateException")


def test_a_step_finds_its_script() -> None:
    """In the flow, or in the script collection that it names; files of other folders are none."""
    own = ScriptBundle(
        "Flow",
        {f"{SCRIPTS}a.groovy": b"", f"{SCRIPTS}b.js": b"", "../x.groovy": b"", f"{SCRIPTS}../y.groovy": b""},
    )
    shared = {"Shared": ScriptBundle("Shared", {f"{SCRIPTS}c.groovy": b""})}
    assert own.script_names == ["a.groovy", "b.js"]
    assert script_of_step({"script": "a.groovy", "scriptFunction": ""}, own, shared).function == "processData"
    properties = {"script": "c.groovy", "scriptBundleId": "Shared", "scriptFunction": "log"}
    assert script_of_step(properties, own, shared, "1.1") == Script(
        shared["Shared"], "c.groovy", "log", "1.1"
    )
    for properties, said in (
        (
            {"script": "a.groovy", "scriptBundleId": "Other"},
            'the script collection "Other" is not beside the flow',
        ),
        ({"script": "c.groovy"}, 'the script "c.groovy" is not in Flow (a.groovy, b.js)'),
        ({"script": "b.js"}, "the script b.js: JavaScript is not supported by the local tenant"),
    ):
        with pytest.raises(NotSupportedError) as raised:
            script_of_step(properties, own, shared)
        assert raised.value.message == said
