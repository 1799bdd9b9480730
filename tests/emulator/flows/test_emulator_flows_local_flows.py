"""Flows that a suite brings."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.emulator.flows.local_flows import checked_run, load_local_flows
from pytest_iflow.emulator.flows.message import Completion, FlowFailureError, Message, Reply, Surroundings
from pytest_iflow.emulator.flows.receivers import ODataReceiver
from pytest_iflow.emulator.message_logs.processing_log import ProcessingLog
from pytest_iflow.emulator.start import StartError

SURROUNDINGS = Surroundings(ODataReceiver("http://127.0.0.1:1"), threading.Event())
FUNCTION = """
from pytest_iflow.emulator.flows.message import Reply

def answer(message, surroundings):
    return Reply(message.body.upper(), "text/plain", 201, (("x-mine", "1"),))

def broken(message, surroundings):
    return message.nothing

NUMBER = 1
"""
WHOLE = """
artifact = "Greeting_SOAP"
name = "Greeting by SOAP"
address = "/greeting/*"
protocol = "cxf"
role = "Greeter"
csrf = true
function = "greeting:answer"
wsdl = "greeting.wsdl"
one-way = true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a function, a template and a WSDL, and no flow yet."""
    (tmp_path / "greeting.py").write_text(FUNCTION, encoding="utf-8")
    (tmp_path / "greeting.txt.j2").write_text("Hello {{ json.name }}", encoding="utf-8")
    (tmp_path / "greeting.wsdl").write_text("<definitions/>", encoding="utf-8")
    return tmp_path


def _declare(folder: Path, text: str, name: str = "flow") -> None:
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def _minimal(artifact: str = "Greeting", address: str = "/greeting") -> str:
    return f'artifact = "{artifact}"\naddress = "{address}"\n'


def test_function_runs_as_any_other_flow(folder: Path) -> None:
    """Its Reply is the answer; what is not declared is as usual."""
    _declare(folder, _minimal() + 'function = "greeting:answer"')
    (flow,) = load_local_flows(folder)
    assert (flow.name, flow.path, flow.role) == ("Greeting", "/http/greeting", "ESBMessaging.send")
    assert (flow.csrf_protected, flow.wsdl) == (False, None)
    reply = flow.run(Message("POST", {}, {}, b"hello"), SURROUNDINGS)
    assert (reply.body, reply.status, reply.headers) == (b"HELLO", 201, (("x-mine", "1"),))


def test_everything_can_be_declared(folder: Path) -> None:
    """Each key has its place in the flow."""
    _declare(folder, WHOLE)
    (flow,) = load_local_flows(folder)
    assert (flow.artifact, flow.name) == ("Greeting_SOAP", "Greeting by SOAP")
    assert (flow.path, flow.role, flow.csrf_protected) == ("/cxf/greeting/*", "Greeter", True)
    assert (flow.wsdl, flow.one_way) == ("<definitions/>", True)


def test_address_of_an_odata_service_has_its_version(folder: Path) -> None:
    """And no OData sender is one-way."""
    declared = _minimal(address="/GREETING;v=1/*") + 'function = "greeting:answer"\nprotocol = "odata"\n'
    _declare(folder, declared)
    (flow,) = load_local_flows(folder)
    assert flow.path == "/gw/odata/SAP/GREETING;v=1/*"
    _declare(folder, declared + "one-way = true")
    with pytest.raises(StartError, match="one-way: only a SOAP sender is one-way"):
        load_local_flows(folder)


def test_template_is_rendered(folder: Path) -> None:
    """The template reads a value of the JSON body."""
    _declare(folder, _minimal() + 'template = "greeting.txt.j2"')
    (flow,) = load_local_flows(folder)
    assert flow.run(Message("POST", {}, {}, b'{"name": "Ada"}'), SURROUNDINGS).body == b"Hello Ada"


def test_files_may_begin_with_a_byte_order_mark(folder: Path) -> None:
    """As some editors of Windows write them; nothing of it is in the answer."""
    for name, text in (
        ("flow.toml", _minimal() + 'template = "marked.txt"\nwsdl = "marked.txt"'),
        ("marked.txt", "Hello"),
    ):
        (folder / name).write_text(text, encoding="utf-8-sig")
    (flow,) = load_local_flows(folder)
    assert flow.wsdl == "Hello"
    assert flow.run(Message("GET", {}, {}, b""), SURROUNDINGS).body == b"Hello"


READING = """
def named(message, surroundings):
    return message.header("X-Step"), message.headers["x-id"], message.headers.get("content-type")

def through_another(message, surroundings):
    return named(message, surroundings)

def every(message, surroundings):
    return dict(message.headers)

def none(message, surroundings):
    return message.query["X"], message.header("CamelHttpPath"), surroundings.headers
"""


@pytest.mark.parametrize(
    ("run", "needed"),
    [
        ('function = "reading:named"', "X-Step|x-id"),
        ('function = "reading:through_another"', "X-Step|x-id"),
        ('function = "reading:every"', "*"),
        (
            "template = \"{{ headers.language }}{{ headers.get('x-id') }}{{ headers['X-Step'] }}\"",
            "X-Step|language|x-id",
        ),
        ('template = "{% for name in headers %}{{ name }}{% endfor %}"', "*"),
        ('template = "{{ headers.items() }}"', "*"),
        ('function = "reading:none"', ""),
        ("template = \"{{ query.language }}{{ headers['content-type'] }}{{ headers.CamelHttpPath }}\"", ""),
    ],
)
def test_flow_that_reads_headers_has_to_say_which_it_allows(folder: Path, run: str, needed: str) -> None:
    """Without the key it is refused with the text to write, but where it shows whatever headers come."""
    kind, _, value = run.partition(" = ")
    if kind == "template":
        (folder / "reading.j2").write_text(value.strip('"'), encoding="utf-8")
        value = '"reading.j2"'
    (folder / "reading.py").write_text(READING, encoding="utf-8")
    declared = _minimal() + f"{kind} = {value}\n"
    _declare(folder, declared)
    if needed not in {"", "*"}:
        with pytest.raises(StartError) as refused:
            load_local_flows(folder)
        assert "flow.toml: allowed-headers: is missing, and the flow reads headers" in str(refused.value)
        assert f'write allowed-headers = "{needed}", or "" for none' in str(refused.value)
    else:
        assert load_local_flows(folder)[0].allowed_headers == needed
    for allowed in ("", "X-Step|SAP_.*", "*"):
        _declare(folder, declared + f'allowed-headers = "{allowed}"')
        assert load_local_flows(folder)[0].allowed_headers == allowed


def test_flows_come_in_the_order_of_their_files(folder: Path) -> None:
    """Every TOML file declares one flow."""
    _declare(folder, _minimal("Second", "/second") + 'function = "greeting:answer"', "b")
    _declare(folder, _minimal("First", "/first") + 'function = "greeting:answer"', "a")
    assert [flow.artifact for flow in load_local_flows(folder)] == ["First", "Second"]


def test_function_that_breaks_fails_the_message_only(folder: Path) -> None:
    """The cause tells what it was."""
    _declare(folder, _minimal() + 'function = "greeting:broken"')
    (flow,) = load_local_flows(folder)
    with pytest.raises(FlowFailureError, match="AttributeError: 'Message' object has no attribute 'nothing'"):
        flow.run(Message("POST", {}, {}, b""), SURROUNDINGS)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('artifact = "Greeting', "flow.toml is no flow: "),
        (f"artifact = {'[' * 5000}", "flow.toml is no flow: its lists or tables are nested too deeply"),
        (_minimal(), "flow.toml: template: either template or function is needed, and not both."),
        (_minimal() + 'template = "a"\nfunction = "b:c"', "flow.toml: template: either template or function"),
        (
            _minimal() + 'function = "greeting"',
            "flow.toml: function: greeting is not module:name with a file",
        ),
        (
            _minimal() + 'function = "gone:answer"',
            "function: gone:answer is not module:name with a file gone.py",
        ),
        (_minimal() + 'function = "greeting:gone"', "flow.toml: function: greeting.py has no function gone."),
        (_minimal() + 'function = "greeting:NUMBER"', "function: greeting.py has no function NUMBER."),
        (_minimal() + 'function = "bad:answer"', "flow.toml: function: bad.py: SyntaxError: "),
        (
            _minimal() + 'function = "greeting:answer"\nstatus = 200',
            "flow.toml: status: the function's Reply",
        ),
        (_minimal() + 'template = "gone.j2"', "flow.toml: template: gone.j2 is not in the folder."),
        (_minimal() + 'template = "bad.j2"', "flow.toml: template: bad.j2: "),
        (
            _minimal() + 'function = "greeting:answer"\nallowed-headers = "a | b"',
            "flow.toml: allowed-headers: names with | between them and no blanks are needed",
        ),
        (
            _minimal() + 'function = "greeting:answer"\nallowed-headers = "**"',
            "flow.toml: allowed-headers: ** is no regular expression: ",
        ),
        (_minimal("Echo") + 'function = "greeting:answer"', "artifact: Echo is the one of the flow that the"),
        (
            _minimal("E", "/echo") + 'function = "greeting:answer"',
            "flow.toml: address: /http/echo is the one of",
        ),
        (
            _minimal("E", "/echo/mine") + 'function = "greeting:answer"',
            "flow.toml: address: /http/echo/mine cannot stand beside /http/echo/* of the flow that the local",
        ),
        (
            _minimal("E", "/orders/*") + 'function = "greeting:answer"',
            "flow.toml: address: /http/orders/* cannot stand beside /http/orders/fulfilment of the flow",
        ),
    ],
)
def test_mistake_is_told_with_file_and_key(folder: Path, text: str, complaint: str) -> None:
    """Before anything is started."""
    (folder / "bad.py").write_text("def answer(:", encoding="utf-8")
    (folder / "bad.j2").write_text("{% if %}", encoding="utf-8")
    _declare(folder, text)
    with pytest.raises(StartError) as caught:
        load_local_flows(folder)
    assert complaint in str(caught.value)
    assert str(folder) in str(caught.value)


def test_two_flows_cannot_share_an_id(folder: Path) -> None:
    """The other file is named."""
    _declare(folder, _minimal() + 'function = "greeting:answer"', "a")
    _declare(folder, _minimal(address="/other") + 'function = "greeting:answer"', "b")
    with pytest.raises(
        StartError, match=r"b\.toml: artifact: Greeting is the one of a\.toml; choose another\."
    ):
        load_local_flows(folder)


def test_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The error says what the folder is for."""
    with pytest.raises(StartError, match=r"There is no folder .*gone"):
        load_local_flows(tmp_path / "gone")


SURROUNDINGS = Surroundings(ODataReceiver("http://127.0.0.1:1"), threading.Event())
# No status that a log can have.
DONE: Any = "DONE"
MESSAGE = Message("POST", {}, {}, b"")


def test_good_reply_passes() -> None:
    """The reply is not changed."""
    reply = Reply(b"x", "text/plain", 202, (("x-mine", "é"),))
    assert checked_run(lambda _message, _surroundings: reply)(MESSAGE, SURROUNDINGS) is reply


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ("text", "TypeError: a flow answers with a Reply, not with str"),
        (None, "TypeError: a flow answers with a Reply, not with NoneType"),
        (Reply("text", "text/plain"), "TypeError: the body of a Reply is bytes, not str"),  # type: ignore[arg-type] # the mistake that is meant
        (Reply(b"", "text/plain", 99), "ValueError: no answer can have the status 99"),
        (Reply(b"", "text/plain", headers=(("a", "1\r\nb: 2"),)), "ValueError: the header 'a' has a control"),
        (Reply(b"", "text/plain", headers=(("a", "λ"),)), "UnicodeEncodeError: "),
        (Reply(b"", "text/plain", headers=(("a b", "1"),)), "ValueError: no flow can set a header of the"),
        (
            Reply(b"", "text/plain", headers=(("Content-Length", "1"),)),
            "ValueError: no flow can set a header",
        ),
        (Reply(b"", "text/plain", headers=(("a", 1),)), "TypeError: the header 'a' is a text and has one"),  # type: ignore[arg-type] # the mistake that is meant
        (Reply(b"", None), "TypeError: the header 'content-type' is a text and has one, not None"),  # type: ignore[arg-type] # the mistake that is meant
        (
            Reply(b"", "text/plain", completion=Completion(-1)),
            "ValueError: no message can be finished in -1 seconds",
        ),
        (
            Reply(b"", "text/plain", completion=Completion("1")),  # type: ignore[arg-type] # the mistake that is meant
            "ValueError: no message can be finished in '1' seconds",
        ),
        (
            Reply(b"", "text/plain", completion=Completion(1, DONE)),
            "ValueError: no message can have the status 'DONE'",
        ),
    ],
)
def test_reply_that_cannot_be_sent_fails_the_message(answer: Any, cause: str) -> None:
    """The cause says what is wrong with it."""
    with pytest.raises(FlowFailureError) as failed:
        checked_run(lambda _message, _surroundings: answer)(MESSAGE, SURROUNDINGS)
    assert str(failed.value).startswith(cause)


@pytest.mark.parametrize(
    "note",
    [
        lambda log: log.custom_header("count", 5),
        lambda log: log.adapter_attribute("HTTP", "Address", None),
        lambda log: log.attach("name", "text", "text/plain"),
        lambda log: log.store("id", "text"),
        lambda log: log.step("Step_1", 1),
    ],
)
def test_note_that_no_log_can_keep_fails_the_message(note: Callable[[ProcessingLog], None]) -> None:
    """At the line that makes it, not when the log is written or read."""

    def run(message: Message, _surroundings: Surroundings) -> Reply:
        note(message.log)
        return Reply(b"", "text/plain")

    with pytest.raises(FlowFailureError, match=r"TypeError: a message log takes (str|bytes) here, not"):
        checked_run(run)(MESSAGE, SURROUNDINGS)


def test_flow_that_wants_to_end_the_process_fails_its_message_only() -> None:
    """``sys.exit`` is one more mistake."""
    with pytest.raises(FlowFailureError, match="SystemExit: 3"):
        checked_run(lambda _message, _surroundings: sys.exit(3))(MESSAGE, SURROUNDINGS)


def test_failure_of_the_flow_itself_passes() -> None:
    """A FlowFailureError is not wrapped."""
    meant = FlowFailureError("meant", status="ESCALATED")

    def fail(_message: Message, _surroundings: Surroundings) -> Reply:
        raise meant

    with pytest.raises(FlowFailureError) as failed:
        checked_run(fail)(MESSAGE, SURROUNDINGS)
    assert failed.value is meant
