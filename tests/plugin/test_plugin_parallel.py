"""Scenarios side by side: what they leave is what a run one after the other leaves, and they end in time."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.results.run_folder import read_run
from tests.inner_project import DATA, InnerProject, InnerRun
from tests.loopback_server import LoopbackServer, Received, Reply
from tests.loopback_tenant import SECRET, token_reply

pytest_plugins = ["tests.inner_project"]

TENANT = """
    [environments.dev.clients.default]
    service-key = "file:key.json"
    [environments.dev.iflows.orders]
    address = "/orders"
    [environments.dev.masking]
    json = ["$.customer"]
"""
CONFTEST = """
    import logging
    import allure
    import pytest
    from pytest_iflow.gherkin.vocabulary import parallel, step

    LOG = logging.getLogger("suite")

    @pytest.fixture(scope="session")
    def warehouse():
        return "stock"

    @pytest.fixture
    def shelf():
        yield "shelf"

    @step("the warehouse says {string}")
    @parallel
    def says(text, warehouse, conversation):
        print(f"{warehouse} says {text}")
        LOG.warning("%s heard %s", warehouse, text)
        with allure.step(f"part {text}"):
            allure.attach(text, "what was said")
        allure.dynamic.label("said", text)

    @step("the shelf is there")
    def there(shelf):
        LOG.warning("in its turn")

    @step("the log is read")
    def reads(caplog, capsys):
        LOG.warning("only this")
        print("only this")
        assert [record.message for record in caplog.records] == ["only this"]
        assert capsys.readouterr().out == "only this\\n"

    @step("it goes wrong")
    @parallel
    def wrong():
        raise RuntimeError("out of order")

    @step("it falls apart afterwards")
    @parallel
    def apart():
        yield
        raise RuntimeError("it fell apart")

    @step("it is not ready")
    @parallel
    def not_ready():
        pytest.skip("not today")
"""
AUTOUSE = """
    import pytest

    seen = []

    @pytest.fixture(autouse=True)
    def counted(request):
        seen.append(request.node.name)
        yield
        assert seen[-1] == request.node.name, "another one ran meanwhile"
"""
HOOKS = """
    seen = []

    def pytest_runtest_setup(item):
        seen.append(item.name)

    def pytest_bdd_after_step(request):
        assert request.node.name == seen[-1]
"""
FEATURE = """
    Feature: Side by side
      Scenario Outline: order <number>
        Given the warehouse says "<number>"
        When I send a POST request to the iFlow "orders" with the body:
          \"\"\"
          {"number": "<number>", "customer": "Customer-<number>"}
          \"\"\"
        Then the response status is <status>
        And the response value at "$.number" is "<number>"

        Examples:
          | number | status |
    ROWS

      Scenario: it is wrong
        Given the warehouse says "wrong"
        When it goes wrong
        Then the response status is 200

      Scenario: it falls apart
        When it falls apart afterwards

      Scenario: it gives up
        Given it is not ready

      @skip(for_a_reason)
      Scenario: it is left out
        When I send a POST request to the iFlow "orders"

      @xfail
      Scenario: it is expected to fail
        When it goes wrong

      Scenario: it has no answer
        When I send a POST request to the iFlow "/nowhere"
        Then the response status is 200

      Scenario: it has an unknown step
        When I do magic

      Scenario: it has a fixture of its own
        Given the shelf is there

      @serial
      Scenario: it runs alone
        When I send a POST request to the iFlow "orders" with the body:
          \"\"\"
          {"number": "serial"}
          \"\"\"
        Then the response status is 200

      Scenario: it reads its log
        Given the log is read

      Scenario: the last one
        Given the warehouse says "goodbye"
"""
FAILING_ROWS = (5, 17)
COUNT = 24


def rows(count: int) -> str:
    """Rows of the outline; some expect what the server does not answer."""
    lines = [f"| {number:06} | {404 if number in FAILING_ROWS else 200} |" for number in range(count)]
    return "\n".join(f"          {line}" for line in lines)


class Orders:
    """A tenant that answers each order with its number, after a pause; it counts what is in flight."""

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause
        self.most_at_once = 0
        self.tokens = 0
        self._at_once = 0
        self._lock = threading.Lock()

    def __call__(self, received: Received) -> Reply:
        """Answer one request."""
        if received.target.startswith("/oauth/token"):
            self.tokens += 1
            return token_reply("a-token-of-the-run-0123456789")
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        time.sleep(self.pause)
        with self._lock:
            self._at_once -= 1
        if received.target != "/http/orders":
            return Reply(404)
        return Reply(200, received.body or b"{}", {"Content-Type": "application/json"})


@pytest.fixture
def tenant(serve_plainly: Callable[[Any], LoopbackServer]) -> tuple[Orders, LoopbackServer]:
    """A tenant on loopback."""
    orders = Orders(0.02)
    return orders, serve_plainly(orders)


@pytest.fixture(scope="module")
def serve_plainly() -> Iterator[Callable[[Any], LoopbackServer]]:
    """Start servers without TLS, as loopback may have them; they end with the module."""
    servers: list[LoopbackServer] = []

    def start(answer: Any) -> LoopbackServer:
        servers.append(LoopbackServer(answer, None))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def suite(project: InnerProject, server: LoopbackServer, feature: str = FEATURE, count: int = COUNT) -> None:
    """Write a suite that calls the server."""
    fields = {"clientid": "sb-x!b1|it-rt-test!b1", "clientsecret": SECRET, "url": server.url}
    fields["tokenurl"] = f"{server.url}/oauth/token"
    project.write("tenants/near.toml", TENANT)
    project.write("tenants/key.json", json.dumps({"oauth": fields}))
    project.write("conftest.py", CONFTEST)
    project.write("features/side.feature", feature.replace("    ROWS", rows(count)))


def arguments(*more: str) -> tuple[str, ...]:
    """Arguments of a run of it."""
    return ("--tenant=near", "--no-preflight", *more)


LOOKS = frozenset({"uuid", "start", "stop", "source", "seconds", "calls", "started"})
"""Keys whose values differ in each run: ids, times, names of files."""


def comparable(value: DATA, folder: Path) -> DATA:
    """Return what a run left without times, ids and threads, and with the texts of its attachments."""
    if isinstance(value, list):
        return [comparable(each, folder) for each in value if not is_of_token(each)]
    if isinstance(value, str):
        return re.sub(r"after \d+ ms|port=?\d+|0x[0-9a-f]+|Date: .*|line \d+", "…", value)
    if not isinstance(value, dict):
        return value
    kept = {key: comparable(each, folder) for key, each in value.items() if key not in LOOKS}
    if "source" in value:
        kept["text"] = comparable((folder / value["source"]).read_text(encoding="utf-8"), folder)
    return {} if kept.get("name") == "thread" else kept


def is_of_token(value: DATA) -> bool:
    """Whether this is the evidence of the token request: it is in the scenario that needs the token first."""
    return isinstance(value, dict) and "/oauth/token" in str(value.get("name"))


def evidence(run: InnerRun) -> dict[str, DATA]:
    """What a run left of each scenario: Allure's result, and its result in the summary."""
    folder = run.root / "reports/near/dev/allure-results"
    results, scenarios = run.results("near/dev"), run.scenarios("near/dev")
    return {
        name: [comparable(results[name], folder), comparable(scenarios[name], folder)] for name in scenarios
    }


def test_results_are_those_of_a_run_one_after_the_other(
    project: InnerProject, tenant: tuple[Orders, LoopbackServer]
) -> None:
    """Times, ids, threads apart: evidence, fates, captured output and logs, the order, and the totals."""
    orders, server = tenant
    suite(project, server)
    project.write("features/counted/conftest.py", AUTOUSE)
    project.write(
        "features/counted/counted.feature",
        """
        Feature: Counted
          Scenario: one
            Given the warehouse says "one"
          Scenario: two
            Given the warehouse says "two"
        """,
    )
    project.write("features/hooked/conftest.py", HOOKS)
    project.write(
        "features/hooked/hooked.feature",
        """
        Feature: Hooked
          Scenario: three
            Given the warehouse says "three"
          Scenario: four
            Given the warehouse says "four"
        """,
    )
    project.write(
        "test_python.py",
        """
        def test_in_python(iflow_caller, capsys):
            assert iflow_caller.call("orders", body=b'{"number": "python"}').response.status == 200
            print("said")
            assert capsys.readouterr().out == "said\\n"
        """,
    )
    serial = project.run(*arguments("-rA", "-v"))
    one_token, orders.tokens, orders.most_at_once = orders.tokens, 0, 0
    before = evidence(serial)
    beside = project.run(*arguments("-rA", "--parallel=8", "-v"))
    assert beside.code == serial.code == 1
    after = evidence(beside)
    assert list(after) == list(before)
    assert after == before
    assert one_token == orders.tokens == 1
    assert 2 < orders.most_at_once <= 8
    assert "PASSED features/side.feature::order 000023" in beside.out or "000023" in beside.out
    for reason in (
        "1 has a step of the suite that is not declared to run in parallel (conftest.there)",
        "1 has a step of the suite that is not declared to run in parallel (conftest.reads)",
        "1 is tagged @serial",
        '2 has the fixture "counted" of scope function set up before it',
        "2 is run by pytest-bdd, as its hooks or parsers want it",
        "1 is a Python test",
    ):
        assert reason in beside.out


SLOW = """
    Feature: Slow
      Scenario Outline: order <number>
        When I send a POST request to the iFlow "orders" with the body:
          \"\"\"
          {"number": "<number>"}
          \"\"\"
        Then the response status is <status>

        Examples:
          | number | status |
    ROWS
"""


def test_no_more_is_sent_once_a_scenario_has_failed(
    project: InnerProject, tenant: tuple[Orders, LoopbackServer]
) -> None:
    """With ``-x`` what was in flight by then is reported, and the rest is not run and was not sent."""
    _, server = tenant
    suite(project, server, SLOW, 200)
    run = project.run(*arguments("--parallel=4", "-x"))
    assert run.code == 1
    scenarios = run.scenarios("near/dev").values()
    not_run = {each["message"] for each in scenarios if each["status"] == "not run"}
    sent = sum(received.target == "/http/orders" for received in server.received)
    assert [each["scenario"] for each in scenarios if each["status"] == "failed"] == ["order 000005"]
    assert sum(each["status"] != "not run" for each in scenarios) == sent < 20
    assert len(run.allure("*-result.json", "near/dev")) == sent
    why = "the run stopped after a failure (-x, --maxfail)"
    assert not_run <= {f"{why} before it ran", f"{why} while it ran; it had sent no message"}


def test_a_run_that_is_interrupted_ends_soon_and_tells_of_each_message(
    project: InnerProject, tenant: tuple[Orders, LoopbackServer]
) -> None:
    """With 32 in flight, some of which have no answer for long; a killed run tells the same."""
    orders, server = tenant
    suite(project, server, SLOW.replace("is <status>", "is 200"), 300)
    waits = threading.Event()

    def answer(received: Received) -> Reply:
        is_slow = b"000070" <= received.body[12:18] < b"000080"
        if is_slow:
            waits.set()
        return Reply(200, received.body, pause=30.0) if is_slow else orders(received)

    server.answer = answer
    for end in (signal.SIGINT, signal.SIGKILL):
        waits.clear()
        with project.start(*arguments("--parallel=32")) as process:
            assert waits.wait(60)
            time.sleep(0.2)
            process.send_signal(end)
            began = time.monotonic()
            run = project.finish(process)
        assert time.monotonic() - began < 10, "it waited for answers"
        result = read_run(run.root / "reports/near/dev")
        scenarios = {each.scenario: each for each in result.scenarios}
        messages = {each.message for each in scenarios.values() if each.status == "not run"}
        why = "the run was interrupted" if end is signal.SIGINT else "the run was killed"
        assert messages >= {
            f"{why} while it ran; its message may have been processed",
            f"{why} before it ran",
        }
        assert scenarios["order 000070"].message.endswith("may have been processed")
        sent = {json.loads(each.body)["number"] for each in server.received if each.body.startswith(b"{")}
        server.received.clear()
        for title, scenario in scenarios.items():
            if scenario.message.endswith(("before it ran", "it had sent no message")):
                assert title.removeprefix("order ") not in sent


@pytest.mark.skipif(os.name == "nt", reason="pytest-timeout ends one test by a signal of POSIX")
def test_a_scenario_that_hangs_is_timed_out_and_the_others_end_well(
    project: InnerProject, serve_plainly: Callable[[Any], LoopbackServer]
) -> None:
    """By pytest-timeout, which counts the time that pytest waits for it."""
    orders, is_over = Orders(0.02), threading.Event()

    def answer(received: Received) -> Reply:
        if b"000007" in received.body:
            is_over.wait(60)
        return orders(received)

    suite(project, serve_plainly(answer), SLOW, 20)
    try:
        run = project.run(*arguments("--parallel=4", "--timeout=4", "--timeout-method=signal"))
    finally:
        is_over.set()
    scenarios = run.scenarios("near/dev")
    hanging = scenarios.pop("order 000007")
    assert (hanging["status"], "Timeout" in hanging["message"]) == ("failed", True)
    assert [each["scenario"] for each in scenarios.values() if each["status"] != "passed"] == [
        "order 000005",
        "order 000017",
    ]


def test_the_option_is_checked(project: InnerProject, tenant: tuple[Orders, LoopbackServer]) -> None:
    """A bad number, and ``-n`` beside it, are refused; the setting does what the option does."""
    suite(project, tenant[1], SLOW, 3)
    refused = (
        (["--parallel=0"], '--parallel is a number from 1 to 256, or auto; it is "0"'),
        (["--parallel=many"], '--parallel is a number from 1 to 256, or auto; it is "many"'),
        (["-o", "iflow_parallel=-1"], 'iflow_parallel is a number from 1 to 256, or auto; it is "-1"'),
        (["--parallel=4", "-n", "2"], "--parallel runs scenarios in threads of one process, -n in several"),
    )
    good = (["-o", "iflow_parallel=3"], ["--parallel=AUTO"], ["--parallel=1"])
    runs = project.run_several(*((arguments(*each), {}) for each in (*(bad for bad, _ in refused), *good)))
    for run, (_, words) in zip(runs[: len(refused)], refused, strict=True):
        assert run.code == pytest.ExitCode.USAGE_ERROR
        assert words in run.text
    three, automatic, one = (run.out for run in runs[len(refused) :])
    assert "parallel: 3 (" in three
    assert "parallel: auto, 4 at first (" in automatic
    assert "parallel" not in one


def test_scenarios_are_run_again_as_without_threads(
    project: InnerProject, tenant: tuple[Orders, LoopbackServer]
) -> None:
    """pytest-rerunfailures tries a scenario again in its turn; --pdb and -v keep their meaning."""
    orders, server = tenant
    suite(project, server, SLOW, 12)
    tries: dict[bytes, int] = {}

    def answer(received: Received) -> Reply:
        tries[received.body] = tries.get(received.body, 0) + 1
        if b"000003" in received.body and tries[received.body] < 3:
            return Reply(500)
        return orders(received)

    server.answer = answer
    run = project.run(*arguments("--parallel=4", "--reruns=2"))
    scenarios = run.scenarios("near/dev")
    assert scenarios["order 000003"]["status"] == "passed"
    assert scenarios["order 000003"]["reruns"] == 2
    assert scenarios["order 000005"]["status"] == "failed"
    shown = project.run(*arguments("--parallel=4", "--setup-show", "-v", "-k", "000001"))
    assert "1 runs in its turn with --setup-show" in shown.out


LIMITED = """
    [environments.dev]
    ca-bundle = "emulator:ca.pem"
    [environments.dev.emulator.faults]
    "runtime.rate" = 20
    [environments.dev.clients.default]
    service-key = "emulator:integration-flow.json"
    [environments.dev.iflows.product-details]
    address = "/products/details"
"""
PRODUCTS = """
    Feature: Products
      Scenario Outline: call <number>
        When I request the details of product "HT-1080"
        Then the response status is 200

        Examples:
          | number | status |
    ROWS
"""


def test_auto_stays_below_what_a_tenant_bears(project: InnerProject) -> None:
    """A tenant that lets requests wait above its limit, and answers 429 far above it, never does the latter.

    A limit of the environment is kept by any number.
    """
    project.write("tenants/local.toml", LIMITED)
    project.write("features/side.feature", PRODUCTS.replace("    ROWS", rows(50)))
    run = project.run("--tenant=local", "--parallel=auto")
    limit = "    [environments.dev.limits]\n    calls-per-second = 19\n"
    limited = LIMITED + limit
    project.write("tenants/local.toml", limited)
    both = run, project.run("--tenant=local", "--parallel=32")
    for each in both:
        assert each.code == 0
        assert not [name for name, text in each.files().items() if "429 Too Many" in text]
