"""Script steps of a flow: they change its message, and what they raise is the flow's to handle."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from pytest_iflow.emulator.api.content import TenantContent
from pytest_iflow.emulator.api.design_sets import FLOW
from pytest_iflow.emulator.api.design_sets import SCRIPTS as SCRIPT_COLLECTION
from pytest_iflow.emulator.flows.local_flows import LocalEngine
from pytest_iflow.emulator.flows.message import FlowFailureError, Surroundings
from pytest_iflow.emulator.flows.message import Message as CalledMessage
from pytest_iflow.emulator.flows.receivers import ODataReceiver
from pytest_iflow.emulator.landscape import new_landscape
from pytest_iflow.emulator.message_logs.processing_log import ProcessingLog
from pytest_iflow.emulator.start import Planes, StartError
from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.engine import Engine
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.run_record import FlowRun
from pytest_iflow.iflow_engine.scripting.runner import ScriptRunner
from pytest_iflow.iflow_model.package import read_package
from tests.engine_flows import Answers, bundle_files, end, handler, modifier, row, run, start
from tests.exported_bundles import exported_package, manifest, step, write, zipped
from tests.iflow_engine.scripting.groovy_scripts import IMPORTS
from tests.message_mappings import const, func, mapping_files, mapping_step, mmap, src

SCRIPT = b"""import com.sap.gateway.ip.core.customdev.util.Message
def Message greet(Message message) {
    message.setBody("Hello " + message.getBody(String))
    message.setProperty("count", 2)
    messageLogFactory.getMessageLog(message).addCustomHeaderProperty("order", "7")
    return message
}
def Message fails(Message message) { println "so far"; throw new IllegalStateException("not today") }
"""
FILES = {"src/main/resources/script/a.groovy": SCRIPT}


def test_a_script_changes_the_message_and_its_log(runner: ScriptRunner) -> None:
    """And an exception of it goes to the exception sub-process."""
    engine = Engine(Answers(), scripts=lambda: runner)
    greets = step("s", "s", "Script", "GroovyScript", script="a.groovy", scriptFunction="greet")
    follows = modifier("m", "${body} ${property.count}")
    done = run({**bundle_files(row([start(), greets, follows, end()])), **FILES}, "Ann", engine=engine)
    assert (done.message.body, done.message.log.custom_headers) == ("Hello Ann 2", [("order", "7")])
    fails = step("f", "f", "Script", "GroovyScript", script="a.groovy", scriptFunction="fails")
    caught = handler(modifier("h", "${exception.message}"))
    done = run({**bundle_files([*row([start(), fails, end()]), caught]), **FILES}, "Ann", engine=engine)
    assert done.status == "COMPLETED"
    assert "not today" in done.message.text()
    assert done.printed == [("f", "so far\n", 0)]


def test_a_script_that_is_not_there_is_named() -> None:
    """Without a JVM."""
    missing = step("s", "s", "Script", "GroovyScript", script="b.groovy")
    done = run(bundle_files(row([start(), missing, end()])))
    assert done.error is not None
    assert 'the script "b.groovy" is not in Flow' in done.error.message


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
    engine = Engine(scripts=lambda: scripts)
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


def test_the_services_of_local_flows_are_those_of_their_folder(
    tmp_path: Path, script_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is wrong ends the start; the number ranges are those of the stores."""
    for name, value in script_environment.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "services").mkdir()
    file = tmp_path / "services" / "services.toml"
    file.write_text("[credentials.Shop]\nuser = 1\n", encoding="utf-8")
    source = (
        f"{IMPORTS}def processData(Message message) {{\n"
        "def user = ITApiFactory.getApi(SecureStoreService, null).getUserCredential('Shop').username\n"
        "message.setBody(user + ITApiFactory.getApi(NumberRangeConfigurationService, null)"
        ".getNextValuefromNumberRange('N', null))\nmessage }"
    )
    flow = bundle_files(row([start(), script_step("ask", "ask.groovy"), end()]))
    write(tmp_path / "flow.zip", zipped({**flow, f"{SCRIPTS}ask.groovy": source.encode()}))
    with pytest.raises(StartError, match=r"services\.toml: Expected `str`"):
        LocalEngine(tmp_path).load()
    file.write_text("[credentials.Shop]\nuser = 'ann'\n[number-ranges.N]\nwidth = 3\n", encoding="utf-8")
    (loaded,) = LocalEngine(tmp_path).load()
    one = loaded.flow
    request = CalledMessage("POST", {}, {}, b"x", log=ProcessingLog(one.artifact))
    reply = one.run(request, Surroundings(ODataReceiver("http://127.0.0.1:1"), threading.Event()))
    assert reply.body == b"ann001"


def test_an_uploaded_flow_uses_the_script_collections_that_are_deployed(
    script_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that are uploaded and not deployed are not there, as on a tenant."""
    for name, value in script_environment.items():
        monkeypatch.setenv(name, value)
    landscape = new_landscape(Planes("https://t", "https://r", "https://a", "http://p"))
    content = TenantContent(landscape)
    content.design_time.packages.create({"Id": "Own", "Name": "Own"})
    source = f"{IMPORTS}def processData(Message message) {{\nmessage.setBody('shared')\nmessage }}"
    shared = {"META-INF/MANIFEST.MF": manifest("Shared", kind="ScriptCollection")}
    archive = zipped({**shared, f"{SCRIPTS}shared.groovy": source.encode()})
    content.design_time.create(SCRIPT_COLLECTION, {"Name": "Shared", "PackageId": "Own"}, archive)
    asks = script_step("ask", "shared.groovy", scriptBundleId="Shared")
    flow = bundle_files(row([start(), asks, end()]), own="Uploaded")
    content.design_time.create(FLOW, {"Name": "Uploaded", "PackageId": "Own"}, zipped(flow))

    def called() -> bytes:
        content.deploy("Uploaded")
        deployed = landscape.deployment.get("Uploaded")
        assert deployed is not None
        request = CalledMessage("POST", {}, {}, b"x", log=ProcessingLog("Uploaded"))
        surroundings = Surroundings(ODataReceiver("http://127.0.0.1:1"), threading.Event())
        body = deployed.flow.run(request, surroundings).body
        assert isinstance(body, bytes)
        return body

    with pytest.raises(FlowFailureError, match="Shared"):
        called()
    content.deploy("Shared")
    assert called() == b"shared"
    landscape.engine.close()


FUNCTIONS = b"""import com.sap.it.api.mapping.*
def String pad(String text, int size) { text.padLeft(size, '0') }
def String colour(String name, MappingContext context) {
    context.setProperty('asked', name)
    context.getHeader(name) ?: context.getProperty(name)
}
def String nothing(String text) { null }
def void twice(String[] texts, String[] ones, Output output, MappingContext context) {
    for (String text : texts) {
        if (output.isSuppress(text)) { output.addSuppress() } else { output.addValue(text + ones[0]) }
    }
    output.addContextChange()
    output.addValue(texts.length)
}
def void halves(String[] texts, Output first, Output second) {
    for (String text : texts) { first.addValue(text[0]); second.addValue(text.substring(1)) }
}
def String fails(String text) { throw new IllegalStateException('not today') }
"""
SECOND = rb'<arg([^>]*)><brick fname="second(\w+)"'
"""The second output of a function, as these tests write it."""

LIBRARY = '<entry name="Own"><libref><key><elem>own.groovy</elem><elem>script</elem></key></libref></entry>'
GROUPS = "<in><group><name>A</name><item/><item/></group><group><name>B</name></group></in>"


def mapped_by(runner: ScriptRunner, *expressions: str, groups: str = GROUPS) -> FlowRun:
    """Run a mapping with own functions, a copy of the field for each expression."""
    fields = {f"/out/value[{place}]": one for place, one in enumerate(expressions)}
    files = bundle_files(row([start(), mapping_step(), end()]))
    content = re.sub(SECOND, rb'<arg\1 from="1"><brick fname="\2"', mmap(fields, libraries=LIBRARY))
    files |= mapping_files(content)
    files |= {"src/main/resources/script/own.groovy": FUNCTIONS}
    message = Message(groups, {"colour": "red"}, {"size": "L"})
    return run(files, message, engine=Engine(Answers(), scripts=lambda: runner))


def own(name: str, *arguments: str) -> str:
    """Return the brick of an own function."""
    return func(name, *arguments, library="Own")


def test_own_functions_of_a_mapping(runner: ScriptRunner) -> None:
    """By value with numbers and the message, by context with an Output; what one raises fails the message."""
    names = src("/in/group/name", "/in")
    two = own(
        "twice",
        func("ifWithoutElse", func("stringEquals", names, const("B")), names, keepss="true"),
        const("!"),
    )
    done = mapped_by(
        runner,
        own("pad", names, const("3")),
        own("pad", const("7"), const("2")),
        own("colour", const("colour")),
        own("colour", const("size")),
        own("nothing", const("x")),
        two,
        func("removeContexts", own("twice", src("/in/group/item"), const("?"))),
    )
    assert done.error is None
    body = done.message.text().replace("<value/>", "<value></value>")
    texts = [one.partition("<")[0] for one in body.split("<value>")[1:]]
    assert texts == ["00A", "00B", "07", "red", "L", "", "B!", "?", "?", "2", "0"]
    assert done.message.properties["asked"] == "size"
    failed = mapped_by(runner, own("fails", const("x")))
    assert failed.error is not None
    assert "IllegalStateException: not today@ line 18 in own.groovy" in failed.error.message


def test_an_own_function_may_write_several_outputs(runner: ScriptRunner) -> None:
    """Another field takes the second one; a function takes one, too."""
    words = src("/in/group/name", "/in")
    groups = GROUPS.replace(">A<", ">Ab<").replace(">B<", ">Cde<")
    done = mapped_by(
        runner,
        own("halves", words),
        own("secondhalves", words),
        func("toUpperCase", own("secondhalves", words)),
        groups=groups,
    )
    assert done.error is None
    texts = [one.partition("<")[0] for one in done.message.text().split("<value>")[1:]]
    assert texts == ["A", "C", "b", "de", "B", "DE"]
