"""Whole processes, as users start them: runs with damaged files and answers, and reports of damaged runs."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path

from tests.endurance.fuzzed_answers import RawServer, answer
from tests.endurance.mutations import damaged
from tests.inner_project import InnerProject, variables

SCENARIOS = 8
"""Scenarios of one run, each with an answer of its own."""

_TRACE = re.compile(r"Traceback \(most recent call last\)|INTERNALERROR>")
_CODES = {0, 1, 2, 4, 5, 7}
"""How a command may end: pytest's own codes but that of an internal error, and ours."""

_TENANT = b"""
[environments.e.timeouts]
connect = 1
read = 0.5
answer = 1
[environments.e.limits]
response = 8
[environments.e.masking]
json = ["$..iban"]
xml = ["//IBAN"]
[environments.e.clients.default]
service-key = "file:key.json"
[environments.e.iflows.orders]
address = "/orders"
"""
_FEATURE = """
Feature: Orders
  Scenario Outline: <number>
    When I send a POST request to the iFlow "orders" with the body:
      \"\"\"
      {"iban": "DE02120300000000202051"}
      \"\"\"
    Then the response status is 200
    And the response value at "$.order.id" is 4711
    Examples:
      | number |
"""
_GOOD_TOKEN = b'{"access_token": "an-opaque-token-of-the-fuzz", "expires_in": 3600}'


def run_pytest(folder: Path, numbers: random.Random) -> None:
    """Run a suite: its tenant file, its key or the answers that it gets are damaged."""
    project, server = InnerProject(folder), RawServer()
    part = numbers.choice(["tenant", "key", "answers", "answers", "answers", "token"])

    def say(head: bytes) -> bytes:
        if b"/oauth/token" in head.partition(b"\r\n")[0]:
            damage = 0.6 if part == "token" else 0.0
            return answer(numbers, b"application/json", _GOOD_TOKEN, damage=damage, status=200)
        return answer(
            numbers, b"application/json", b'{"order": {"id": 4711}}', damage=0.6 * (part == "answers")
        )

    server.answer = say
    project.write("features/orders.feature", _FEATURE + "".join(f"      | {n} |\n" for n in range(SCENARIOS)))
    secret = "S3cr-9f8e7d6c5b4a"
    key = f'{{"clientid": "sb-x!b1|it-rt-x!b2", "clientsecret": "{secret}", "url": "{server.url}", '
    key += f'"tokenurl": "{server.url}/oauth/token"}}'
    tenants = project.write("tenants/acme.toml", "").parent
    written = {"acme.toml": _TENANT, "key.json": key.encode()}
    for name, data in written.items():
        is_damaged = part == {"acme.toml": "tenant", "key.json": "key"}[name]
        (tenants / name).write_bytes(damaged(data, numbers) if is_damaged else data)
    options = ("--no-preflight",) if part == "answers" else ()
    _require_words(folder, "pytest", "--tenant=acme", "-q", "--no-progress", *options)
    if (folder / "reports").is_dir():
        _require_words(folder, "pytest_iflow.cli.main", "report")


def make_report(folder: Path, numbers: random.Random) -> None:
    """Make the report of a run whose files are damaged."""
    project = InnerProject(folder)
    project.write("features/empty.feature", "Feature: F\n  Scenario: s\n    Given an access token\n")
    if not (folder / "kept").is_dir():
        _require_words(folder, "pytest", "--tenant=local", "-q", "--no-progress")
        (folder / "reports").rename(folder / "kept")
    for path in sorted((folder / "kept").rglob("*")):
        place = folder / "reports" / path.relative_to(folder / "kept")
        if path.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
    files = sorted(path for path in (folder / "reports" / "local").rglob("*") if path.is_file())
    for place in numbers.sample(files, min(3, len(files))):
        place.write_bytes(damaged(place.read_bytes(), numbers))
    _require_words(folder, "pytest_iflow.cli.main", "report", "--since=7d")
    _require_words(folder, "pytest_iflow.cli.main", "report")


def _require_words(folder: Path, module: str, *arguments: str) -> None:
    """Run a command; raises AssertionError where it ends with a traceback, or with no code of ours."""
    done = subprocess.run(  # noqa: S603, this very interpreter
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={**variables(), "IFLOW_NODE": str(folder / "no-node"), "PYTHONPATH": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=100,
    )
    said = done.stdout + done.stderr
    trace = _TRACE.search(said)
    if trace or done.returncode not in _CODES:
        told = said[trace.start() :][:3000] if trace else said[-3000:]
        raise AssertionError(f"{module} {arguments} ended with {done.returncode}: {told}")
