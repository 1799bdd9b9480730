"""What receivers of exported iFlows answer: files for all scenarios, and what scenarios order."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pytest_iflow.emulator.flows.message import Surroundings
from pytest_iflow.emulator.flows.mocked_receivers import MockedReceivers
from pytest_iflow.emulator.flows.receivers import ODataReceiver
from pytest_iflow.emulator.mocks.rules import MockAnswer
from pytest_iflow.emulator.start import StartError
from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.message import Headers
from pytest_iflow.iflow_engine.receivers.receivers import Delivery, Request

SHOP = """
[[answers]]
when-path = "$.kind"
equals = "express"
status = 201
[[answers]]
file = "answer.json"
headers = {X-Number = 7}
"""


@pytest.fixture
def surroundings() -> Surroundings:
    """What flows may use."""
    return Surroundings(ODataReceiver("http://127.0.0.1:1"), threading.Event())


@pytest.fixture
def receivers(tmp_path: Path) -> MockedReceivers:
    """Receivers of which three have files."""
    (tmp_path / "Shop.toml").write_text(SHOP, encoding="utf-8")
    (tmp_path / "answer.json").write_bytes(b"{}")
    (tmp_path / "slash.toml").write_text('receiver = "Shop/EU"\nstatus = 202\n', encoding="utf-8")
    address = 'address = "https://other.example/*"\nfault = "refused"\n'
    (tmp_path / "any name.toml").write_text(address, encoding="utf-8")
    return MockedReceivers(tmp_path)


def request(receiver: str = "Shop", body: bytes = b"", url: str = "https://shop.example") -> Request:
    """Return a request."""
    return Request(receiver, "HTTP", "Flow", "step", "POST", url, Headers(), body)


def test_files_answer_where_the_scenario_says_nothing(
    receivers: MockedReceivers, surroundings: Surroundings
) -> None:
    """By name or address, the first answer that fits; a scenario's own answers come before."""
    for scenario in ("", "one"):
        with receivers.acting_for(scenario, surroundings):
            answer = receivers.answer(request())
            assert (answer.status, answer.body, answer.headers) == (200, b"{}", {"X-Number": "7"})
            assert receivers.answer(request(body=b'{"kind": "express"}')).status == 201
            assert receivers.answer(request("Shop/EU")).status == 202
            with pytest.raises(StepError, match="Connection refused"):
                receivers.answer(request("X", url="https://other.example/7"))
            with pytest.raises(StepError, match='Given the receiver "X" answers with status 200'):
                receivers.answer(request("X"))
    surroundings.mocks.order("one", "Shop", [MockAnswer(404, method="PUT")])
    with (
        receivers.acting_for("one", surroundings),
        pytest.raises(StepError, match="none of the answers that are set is for POST"),
    ):
        receivers.answer(request())
    assert surroundings.mocks.calls("one", "Shop")[0][-1][1].url == "https://shop.example"


def test_files_that_a_flow_wrote_can_be_read(receivers: MockedReceivers, surroundings: Surroundings) -> None:
    """Of the scenario's own, and of what belongs to none."""
    written = Delivery("Archive", "SFTP", "Flow", "step", "out", "a.txt", b"1", {})
    for scenario in ("", "one"):
        with receivers.acting_for(scenario, surroundings):
            receivers.deliver(written)
            assert receivers.fetch(request("Archive"), "out", "a.txt") == b"1"
    with receivers.acting_for("two", surroundings):
        assert receivers.fetch(request("Archive"), "out", "a.txt") is None


def test_a_file_that_a_flow_polls_is_an_answer(
    receivers: MockedReceivers, surroundings: Surroundings
) -> None:
    """The status 404 stands for no file, another error is an exception of the step."""
    answers = [MockAnswer(body=b"a;b"), MockAnswer(404), MockAnswer(500)]
    surroundings.mocks.order("one", "Server", answers)
    with receivers.acting_for("one", surroundings):
        assert receivers.fetch(request("Server"), "in", "a.csv") == b"a;b"
        assert receivers.fetch(request("Server"), "in", "a.csv") is None
        with pytest.raises(StepError, match="cannot be read: status 500"):
            receivers.fetch(request("Server"), "in", "a.csv")


def test_a_late_answer_ends_with_the_process(receivers: MockedReceivers, surroundings: Surroundings) -> None:
    """Nobody waits for it when the local tenant stops."""
    surroundings.mocks.order("one", "Shop", [MockAnswer(after=300)])
    surroundings.stopping.set()
    with receivers.acting_for("one", surroundings):
        assert receivers.answer(request()).status == 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("status = 'x'", "Expected `int`"),
        ("statsu = 200", "unknown field `statsu`"),
        ("file = 'gone.json'", "gone.json"),
        ("status = 700", "No answer has the status 700"),
        ("service = 'shop'", 'there is no service "shop"'),
        ("status = 200\n[[answers]]\nstatus = 201", "beside answers there is no status"),
        ("status =", "Invalid value"),
    ],
)
def test_a_file_that_says_no_answer_is_refused_at_the_start(tmp_path: Path, text: str, said: str) -> None:
    """With the name of the file."""
    (tmp_path / "Shop.toml").write_text(text, encoding="utf-8")
    with pytest.raises(StartError, match=r"Shop\.toml is no answer of a receiver: ") as raised:
        MockedReceivers(tmp_path)
    assert said in str(raised.value)
