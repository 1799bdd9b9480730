"""Answers that would end or hang a run: each fails its own scenario in words, and the others go on."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests.inner_project import InnerProject, InnerRun, variables
from tests.loopback_server import LoopbackServer, Received, Reply

pytest_plugins = ["tests.inner_project"]

JSON = {"Content-Type": "application/json"}
XML = {"Content-Type": "application/xml"}
DRIPPING = Reply(200, b" " * 10_000, JSON, drip=0.05)
"""Takes minutes, and is never silent for long."""

BOMB = gzip.compress(gzip.compress(b"\0" * (120 * 1024 * 1024)))
MEMORY = 180
"""Megabytes that a run may need where an answer may have four."""

ANSWERS: dict[str, tuple[Reply, str]] = {
    "300,000 lists": (Reply(200, b"[" * 300_000 + b"]" * 300_000, JSON), "nested too deep"),
    # Newer Pythons read these, and their verdict is another one.
    "30,000 lists": (Reply(200, b"[" * 30_000 + b"]" * 30_000, JSON), ""),
    "9,000 objects": (Reply(200, b'{"a":' * 9_000 + b"1" + b"}" * 9_000, JSON), ""),
    "9,000 elements": (Reply(200, b"<a>" * 9_000 + b"</a>" * 9_000, XML), ""),
    "unclosed lists": (Reply(200, b"[" * 100_000, JSON), ""),
    "20,000 digits": (Reply(200, b'{"a": ' + b"9" * 20_000 + b"}", JSON), ""),
    "a token that is nested": (
        Reply(200, base64.urlsafe_b64encode(b'{"a":' + b"[" * 30_000) + b".e.e", JSON),
        "",
    ),
    "drip": (DRIPPING, "was not done with its answer within 1 s"),
    "gzip in gzip": (
        Reply(200, BOMB, {**JSON, "Content-Encoding": "gzip, gzip"}),
        "is larger than 4 MB",
    ),
    "5 MB": (Reply(200, b" " * 5 * 1024 * 1024, JSON), "is larger than 4 MB"),
    "hints only": (Reply(raw=b"HTTP/1.1 103 Hints\r\n\r\n" * 3), "broke the connection"),
    "negative length": (Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc"), "is not valid HTTP"),
    "no header": (
        Reply(raw=b"HTTP/1.1 200 OK\r\nno header\r\nContent-Length: 2\r\n\r\n{}"),
        "is not valid HTTP",
    ),
    "status 999": (Reply(999, b"{}", JSON), "the response status is 999"),
    "no reason": (Reply(raw=b"HTTP/1.1 500\r\nContent-Length: 2\r\n\r\n{}"), "the response status is 500"),
}
FEATURE = """
    Feature: Answers
      Scenario Outline: <name>
        When I send a POST request to the iFlow "/<number>"
        Then the response status is 200
        And the response value at "$.a" is 1

        Examples:
          | number | name |
"""
TENANT = """
    [environments.dev.timeouts]
    read = 0.5
    answer = 1
    [environments.dev.limits]
    response = 4
    [environments.dev.masking]
    json = ["$..iban"]
    xml = ["//IBAN"]
    [environments.dev.clients.default]
    service-key = "env:KEY"
    [environments.dev.clients.monitoring]
    service-key = "env:API"
"""
JWT = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (b'{"alg":"RS256"}', b'{"exp":2000000000}', b"a signature")
)
TOKEN = json.dumps({"access_token": JWT, "expires_in": 3600}).encode()

Tenant = Callable[[Callable[[Received], Reply]], dict[str, str]]


@pytest.fixture
def acme(project: InnerProject) -> Iterator[Tenant]:
    """Give the variables with the keys of a tenant ``acme``, which a plain server answers for."""
    with contextlib.ExitStack() as servers:

        def start(answer: Callable[[Received], Reply]) -> dict[str, str]:
            server = servers.enter_context(contextlib.closing(LoopbackServer(answer, None)))
            key = {
                "clientsecret": "s3cret-of-acme",
                "url": server.url,
                "tokenurl": f"{server.url}/oauth/token",
            }
            plans = {"KEY": "sb-1!b1|it-rt-x!b2", "API": "sb-2!b1|it!b2"}
            return {name: json.dumps({**key, "clientid": client}) for name, client in plans.items()}

        project.write("tenants/acme.toml", TENANT)
        yield start


def granting(answer: Callable[[Received], Reply]) -> Callable[[Received], Reply]:
    """Answer token requests with a token, all else with ``answer``."""
    return lambda request: Reply(200, TOKEN, JSON) if "/oauth/" in request.target else answer(request)


def test_no_answer_ends_a_run(project: InnerProject, acme: Tenant) -> None:
    """Each is a failure of its own scenario, with a text that says why; the last one passes."""
    replies = [*(reply for reply, _ in ANSWERS.values()), Reply(200, b'{"a": 1}', JSON)]
    rows = "".join(f"          | {number} | {name} |\n" for number, name in enumerate([*ANSWERS, "good"]))
    project.write("features/answers.feature", FEATURE + rows)

    def answer(request: Received) -> Reply:
        path = request.target.partition("?")[0]
        return Reply(404) if path.startswith("/api/") else replies[int(path.rpartition("/")[2])]

    keys = acme(granting(answer))
    run = project.run("--tenant=acme", "--no-preflight", **keys)
    assert run.code == 1
    assert "INTERNALERROR" not in run.text
    assert "Traceback" not in run.text
    scenarios = {each["example"]["name"]: each for each in run.summary("acme/dev")["scenarios"]}
    assert scenarios.pop("good")["status"] == "passed"
    assert {name: each["status"] for name, each in scenarios.items() if each["status"] == "passed"} == {}
    told = {name: scenarios[name]["message"] for name in ANSWERS}
    assert {name: told[name] for name, (_, words) in ANSWERS.items() if words not in told[name]} == {}


def commands(project: InnerProject, keys: dict[str, str], *several: str) -> dict[str, InnerRun]:
    """Run commands at the same time, each in a process of its own, and return what came of each."""
    started = {
        command: subprocess.Popen(  # noqa: S603, this very interpreter
            [sys.executable, "-m", *command.split()],
            cwd=project.root,
            env={**variables(), **keys},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        for command in several
    }
    return {command: project.finish(process) for command, process in started.items()}


CLI = "pytest_iflow.cli.main"
LATE = 45.0
"""Seconds after which a command hangs that has to wait for a second or two."""


@pytest.mark.parametrize("drips", ["token service", "runtime", "API"])
def test_no_answer_hangs_a_command(project: InnerProject, acme: Tenant, drips: str) -> None:
    """Whichever service drips: the check before a run, and every command that asks one, come to an end."""
    project.write(
        "features/a.feature", 'Feature: F\n  Scenario: s\n    When I send a GET request to the iFlow "/x"\n'
    )

    def answer(request: Received) -> Reply:
        service = "API" if "/api/" in request.target else "runtime"
        service = "token service" if "/oauth/" in request.target else service
        good = Reply(200, TOKEN, JSON) if service == "token service" else Reply(404)
        return DRIPPING if service == drips else good

    wanted = {
        "token service": [
            "pytest --tenant=acme -q",
            f"{CLI} token --tenant=acme",
            f"{CLI} endpoints --tenant=acme",
        ],
        "runtime": [
            "pytest --tenant=acme -q",
            f"{CLI} invoke /x --tenant=acme",
            f"{CLI} doctor --tenant=acme",
        ],
        "API": ["pytest --tenant=acme -q", f"{CLI} endpoints --tenant=acme", f"{CLI} doctor --tenant=acme"],
    }
    began = time.monotonic()
    for command, run in commands(project, acme(answer), *wanted[drips]).items():
        assert run.code == (7 if command.startswith("pytest ") else 1), command
        assert "was not done with its answer within 1 s" in run.text, command
        assert "Traceback" not in run.text, command
    assert time.monotonic() - began < LATE


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "distributed"])
def test_one_bad_answer_of_each_service_breaks_no_scenario(
    project: InnerProject, acme: Tenant, workers: tuple[str, ...]
) -> None:
    """The token service is busy, the runtime breaks off the check, the API limits: twenty scenarios pass."""
    rows = "".join(f"          | {number} | n{number} |\n" for number in range(20))
    project.write("features/answers.feature", FEATURE + rows)
    troubles = {
        "/oauth/token": [Reply(503, b"busy", {"Retry-After": "0"}), Reply(raw=b"HTTP/1.1 200 OK\r\n")],
        "/": [Reply(raw=b"")],
        "/api/v1/IntegrationRuntimeArtifacts": [Reply(429, b"", {"Retry-After": "0"})],
    }

    def answer(request: Received) -> Reply:
        path = request.target.partition("?")[0]
        if troubles.get(path):
            return troubles[path].pop(0)
        if path == "/oauth/token":
            return Reply(200, TOKEN, JSON)
        return Reply(200, b'{"a": 1, "d": {"results": []}}', JSON) if path != "/" else Reply(404)

    run = project.run("--tenant=acme", *workers, **acme(answer))
    assert "20 passed" in run.text
    assert run.text.count("asked again after") == 4
    assert run.summary("acme/dev")["counts"]["passed"] == 20
    assert troubles == {path: [] for path in troubles}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells the memory of a child otherwise")
def test_a_run_needs_no_more_memory_than_its_limits_allow(project: InnerProject, acme: Tenant) -> None:
    """120 MB that came as some hundred bytes."""
    project.write(
        "features/a.feature", 'Feature: F\n  Scenario: s\n    When I send a GET request to the iFlow "/x"\n'
    )
    keys = acme(granting(lambda _: ANSWERS["gzip in gzip"][0]))
    script = (
        "import resource, subprocess, sys; "
        "subprocess.run([sys.executable, '-m', 'pytest', '--tenant=acme', '--no-preflight', '-q']); "
        "unit = 1024 * 1024 if sys.platform == 'darwin' else 1024; "
        "print('peak', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // unit)"
    )
    done = subprocess.run(  # noqa: S603, this very interpreter
        [sys.executable, "-c", script],
        cwd=project.root,
        env={**variables(), **keys},
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    )
    assert "is larger than 4 MB" in done.stdout
    assert int(done.stdout.rpartition("peak ")[2]) < MEMORY
