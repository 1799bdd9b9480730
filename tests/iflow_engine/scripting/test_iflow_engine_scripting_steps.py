"""Script steps of a flow: they change its message, and what they raise is the flow's to handle."""

from __future__ import annotations

from pytest_iflow.iflow_engine.engine import Engine
from pytest_iflow.iflow_engine.scripting.runner import ScriptRunner
from tests.engine_flows import Answers, bundle_files, end, handler, modifier, row, run, start
from tests.exported_bundles import step

SCRIPT = b"""import com.sap.gateway.ip.core.customdev.util.Message
def Message greet(Message message) {
    message.setBody("Hello " + message.getBody(String))
    message.setProperty("count", 2)
    messageLogFactory.getMessageLog(message).addCustomHeaderProperty("order", "7")
    return message
}
def Message fails(Message message) { throw new IllegalStateException("not today") }
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


def test_a_script_that_is_not_there_is_named() -> None:
    """Without a JVM."""
    missing = step("s", "s", "Script", "GroovyScript", script="b.groovy")
    done = run(bundle_files(row([start(), missing, end()])))
    assert done.error is not None
    assert 'the script "b.groovy" is not in Flow' in done.error.message
