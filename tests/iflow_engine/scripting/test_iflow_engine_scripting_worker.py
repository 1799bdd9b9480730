"""The worker process: harmful scripts cost their message, not the next one; it ends with this process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_iflow.iflow_engine.failures import LimitError, NotSupportedError
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.scripting.runner import ScriptRunner, ScriptSettings
from tests.iflow_engine.scripting.groovy_scripts import statements


@pytest.fixture
def short(script_environment: dict[str, str]) -> Iterator[ScriptRunner]:
    """A runner that gives scripts little time and memory."""
    one = ScriptRunner(settings=ScriptSettings(seconds=20, memory="192m"), environ=script_environment)
    yield one
    one.close()


def test_a_harmful_script_costs_its_message_only(short: ScriptRunner) -> None:
    """Endless loops, System.exit, no memory, large bodies: each is said, and the next message is as ever.

    Processes that a script started end with the JVM.
    """
    kept = Message("")
    short.run(statements("message.setProperty('date', new Date(0))"), kept)
    first = short.process_ids()
    child = Message("")
    if sys.platform != "win32":
        short.run(statements("message.setBody(['sleep', '600'].execute().pid() as String)"), child)
    for lines, seconds, said in (
        (
            "message.setBody(new byte[65 << 20])",
            20,
            "the body has 68157440 bytes, more than the local tenant",
        ),
        ("while (true) {}", 0.5, "it did not end within 0.5 seconds"),
        ("System.exit(3)", 20, "it ended the JVM (exit code 3), as System.exit does"),
        (
            "def all = []; while (true) { all << new byte[1 << 24] }",
            20,
            "it needs more memory than the 192m of the JVM",
        ),
        ("200.times { Thread.start { sleep(600000) } }", 20, None),
    ):
        if said is None:
            short.run(statements(lines), Message(""), seconds=seconds)
        else:
            with pytest.raises(LimitError) as raised:
                short.run(statements(lines), Message(""), seconds=seconds)
            assert said in raised.value.message
        after = Message("a")
        short.run(statements("message.setBody(message.getBody(String) + 'b')"), after)
        assert after.body == "ab"
    assert short.starts == 5
    with pytest.raises(LimitError, match=r'"date" held a java\.util\.Date of a script, which is gone'):
        short.run(statements(""), kept)
    assert not any(_runs(each) for each in first)
    assert sys.platform != "linux" or _state(int(child.text())) in "ZX"


def _runs(process_id: int) -> bool:
    """Tell whether a process runs; on Windows none of ours is left that could be asked."""
    if sys.platform == "win32":
        return False
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


OTHER = """
import sys, time
from pathlib import Path
from pytest_iflow.iflow_engine.message import Message
from tests.iflow_engine.scripting.groovy_scripts import environment_with_groovy, statements
from pytest_iflow.iflow_engine.scripting.runner import ScriptRunner
runner = ScriptRunner(environ=environment_with_groovy(Path(sys.argv[1])))
runner.run(statements(""), Message(""))
print(runner.process_ids()[0], flush=True)
runner.run(statements("while (true) {}"), Message(""))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_the_jvm_ends_with_a_process_that_is_killed(
    script_environment: dict[str, str], tmp_path: Path
) -> None:
    """Also while a script runs; its folder is left to whoever clears folders of that kind."""
    root = Path(__file__).parents[3]
    other = subprocess.Popen(  # noqa: S603, our own process
        [sys.executable, "-c", OTHER, script_environment["IFLOW_SCRIPT_CACHE"]],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert other.stdout is not None
    with other.stdout:
        jvm = int(other.stdout.readline())
    assert _runs(jvm)
    other.kill()
    other.wait()
    ends = time.monotonic() + 20
    while _runs(jvm) and _state(jvm) != "Z" and time.monotonic() < ends:
        time.sleep(0.02)
    assert not _runs(jvm) or _state(jvm) == "Z"


def _state(process_id: int) -> str:
    """Return the state of a process; Z is one that ended and nobody has asked for yet."""
    done = subprocess.run(  # noqa: S603, asks for a state
        ["ps", "-o", "stat=", "-p", str(process_id)],  # noqa: S607, of the machine
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()[:1]


def test_a_jvm_that_does_not_start_says_why(script_environment: dict[str, str]) -> None:
    """With what Java said."""
    runner = ScriptRunner(settings=ScriptSettings(memory="1k"), environ=script_environment)
    with pytest.raises(NotSupportedError) as raised:
        runner.run(statements(""), Message(""))
    assert "the script script1.groovy: the JVM for scripts did not start" in raised.value.message
    assert "Too small maximum heap" in raised.value.message
