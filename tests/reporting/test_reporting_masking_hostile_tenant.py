"""A tenant that answers with opaque tokens, and with what acts in terminals: nothing of it comes through."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from lxml import etree

from tests.inner_project import InnerProject, InnerRun
from tests.loopback_authority import Authority
from tests.loopback_server import LOOPBACK, LoopbackServer, Received, Reply

pytest_plugins = ["tests.inner_project"]

SECRET = "cl1ent-9f8e7d6c5b4a$=of-the-key"
TYPED = "typed-4b5c6d7e-by-a-tester"
ACTING = (
    b"\x1b]0;pwned\x07\x1b[2J\x1b[31mFAKE PASSED\x1b[0m\r\n::error::injected\n  ::stop-commands::x\n"
    b"##vso[task.setvariable variable=PWN]1\nsaid ##[error]that\n##teamcity[buildStop]\n"
    b"over\rwritten\x08\x08\n"
    b"\xc2\x9b2Jc1 \xe2\x80\xaereversed\xe2\x80\xac\n"
)
FEATURE = f"""
    Feature: Hostile
      Scenario: A new token
        When I request a new access token for client "default"
        Then the response status is 200

      Scenario: Acting
        When I send a POST request to the iFlow "acting"
        Then the response body contains "nothing of this"

      Scenario: Acting \x1b[31m##vso[task.complete]
        When the answer is asserted

      Scenario Outline: Secret <secret>
        When I request an access token for client "default" with the secret "<secret>"
        Then the response status is 200

        Examples:
          | secret   |
          | {SECRET} |
          | {TYPED}  |
          | word     |
"""
STEPS = """
    import logging, os, signal
    from pytest_iflow.gherkin.vocabulary import when

    TEXT = {text!r}

    @when("the answer is asserted")
    def asserts():
        logging.getLogger("suite").warning(TEXT)
        assert TEXT == "another"

    @when("I die")
    def dies():
        os.kill(os.getpid(), signal.SIGKILL)
"""


class Hostile:
    """Answers token requests with one opaque token after the other, calls with what acts."""

    def __init__(self) -> None:
        self.issued: list[str] = []

    def __call__(self, received: Received) -> Reply:
        """Answer one request."""
        if not received.target.startswith("/oauth/token"):
            return Reply(500, ACTING, {"Content-Type": "text/plain", "X-Acting": "##vso[task.complete]"})
        token = f"{os.urandom(12).hex()}-opaque"
        self.issued.append(token)
        body = {"access_token": token, "id_token": token[::-1], "expires_in": 3600}
        return Reply(200, json.dumps(body).encode())


@pytest.fixture(scope="module")
def service() -> Hostile:
    """What answers."""
    return Hostile()


@pytest.fixture(scope="module")
def suite(
    new_project: Callable[[], InnerProject], authority: Authority, service: Hostile
) -> Iterator[InnerProject]:
    """The suite and its server."""
    project = new_project()
    tls = authority.server_context("localhost", LOOPBACK)
    with contextlib.closing(LoopbackServer(service, tls)) as server:
        project.write("tenants/ca.pem", authority.pem)
        key = {"clientid": "sb-1!b1|it-rt-x!b2", "clientsecret": SECRET, "url": server.url}
        project.write("k.json", json.dumps({"oauth": {**key, "tokenurl": f"{server.url}/oauth/token"}}))
        project.write(
            "tenants/trial.toml",
            """
            [environments.dev]
            ca-bundle = "ca.pem"

            [environments.dev.clients.default]
            service-key = "file:../k.json"

            [environments.dev.iflows.acting]
            address = "/acting"
            """,
        )
        project.write("features/a.feature", FEATURE)
        project.write("steps/own.py", STEPS.format(text=ACTING.decode()))
        yield project


@pytest.fixture(scope="module", params=[(), ("-n", "1")], ids=["alone", "worker"])
def outcome(request: pytest.FixtureRequest, suite: InnerProject) -> InnerRun:
    """A run that writes whatever pytest can, in CI."""
    ci = {"GITHUB_ACTIONS": "true", "TF_BUILD": "true", "GITHUB_STEP_SUMMARY": str(suite.root / "page.md")}
    return suite.run("--tenant=trial", "--debug=trace.log", "-rA", *request.param, **ci)


def test_no_token_is_anywhere(outcome: InnerRun, service: Hostile) -> None:
    """In reports, terminal, trace and cache; also of the secret that a tester typed."""
    hidden = [*service.issued, *(token[::-1] for token in service.issued), SECRET, TYPED]
    texts = {"terminal": outcome.text, **outcome.files()}
    for path in (outcome.root / "trace.log", *(outcome.root / ".pytest_cache").rglob("*")):
        if path.is_file():
            texts[str(path)] = path.read_text(encoding="utf-8")
    leaks = {name for name, text in texts.items() if any(secret in text for secret in hidden)}
    assert leaks == set()
    assert len(service.issued) > 1
    assert outcome.statuses("trial/dev")["A new token"] == "passed"
    assert outcome.summary("trial/dev")["leaks"] == []


def test_what_failed_last_is_run_again_by_its_masked_id(suite: InnerProject) -> None:
    """The cache knows a row with a secret by an id that the next run has, too."""
    suite.run("--tenant=trial", "-k", "Acting")
    cache = suite.root / ".pytest_cache" / "v" / "cache" / "lastfailed"
    kept = json.loads(cache.read_text(encoding="utf-8"))
    cache.write_text(json.dumps({**kept, f"of another tenant[{SECRET}]": True}), encoding="utf-8")
    again = suite.run("--tenant=trial", "--lf", "--co", "-q")
    assert len(again.collected()) == 2
    assert json.loads(cache.read_text(encoding="utf-8")) == {**kept, "of another tenant[***]": True}
    ids = suite.run("--tenant=trial", "--co", "-q", "-k", "Secret").collected()
    assert ids == [f"a.feature::Secret <secret>[{row}]" for row in ("***", "***#2", "word")]


def test_nothing_of_an_answer_acts(outcome: InnerRun) -> None:
    """No control character is printed, and no command but those of this package."""
    assert [char for char in outcome.out if ord(char) < 32 and char != "\n"] == []
    assert not {"\x7f", "\x9b", "\u202e", "\u202c"} & set(outcome.out)
    lines = [line.strip() for line in outcome.out.splitlines()]
    acting = [line for line in lines if line.startswith("::") or "##vso[" in line or "##[" in line]
    assert [line for line in acting if not line.startswith(("::error file=", "##vso[task.logissue "))] == []
    assert len(acting) >= 4
    assert "##teamcity[" not in outcome.out
    assert r"\x1b[2J\x1b[31mFAKE PASSED" in outcome.out
    assert ": :stop-commands::x" in outcome.out


def test_the_page_of_a_job_shows_it_as_text(outcome: InnerRun) -> None:
    """No control character, no markup."""
    page = (outcome.root / "page.md").read_text(encoding="utf-8")
    assert "\x1b" not in page
    assert "##vso[" not in page


def test_files_for_other_tools_stay_sound(outcome: InnerRun) -> None:
    """XML forbids most control characters."""
    titles = etree.parse(outcome.root / "reports/trial/dev/junit.xml").xpath("//testcase/@name")
    assert len(titles) == 6
    assert len(outcome.allure("*-result.json", "trial/dev")) == 6


def test_colours_are_those_of_pytest(suite: InnerProject) -> None:
    """What an answer brings is no colour, also where pytest shows some."""
    run = suite.run("--tenant=trial", "--color=yes", "-k", "Acting")
    assert "\x1b[31m" in run.out
    evidence = run.out.partition("last exchange")[2].partition("the answer is asserted")[0]
    assert r"\x1b[31mFAKE PASSED" in evidence
    assert "\x1b[31mFAKE" not in evidence
    assert [acting for acting in ("\x1b[2J", "\x1b]0;", "\x07", "\x08", "\x9b") if acting in run.out] == []


@pytest.mark.skipif("os.name != 'posix'", reason="a signal kills the run")
def test_the_page_of_a_killed_run_has_no_token(suite: InnerProject, service: Hostile) -> None:
    """Nor has anything that was there before; a secret of the key that a step left is found."""
    suite.write(
        "killed/a.feature",
        """
        Feature: Killed
          Scenario: One
            When I request a new access token for client "default"
          Scenario: Two
            When I die
        """,
    )
    assert suite.run("killed", "--tenant=trial").code < 0
    assert report(suite, "--json")[0]["leaks"] == []
    folder = suite.root / "reports" / "trial" / "dev"
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()]
    assert not any(token in text for text in texts for token in service.issued)
    (folder / "left.txt").write_text(f"a\nthe secret {SECRET}\n", encoding="utf-8")
    leak = "reports/trial/dev/left.txt:2:12: a registered secret"
    assert report(suite, "--json")[0]["leaks"] == [leak]
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["leaks"] == [leak]
    (folder / "left.txt").unlink()


def report(suite: InnerProject, *arguments: str) -> list[dict[str, object]]:
    """Return what ``pytest-iflow report`` says of a suite; there is no Node.js."""
    done = subprocess.run(  # noqa: S603, this very interpreter
        [sys.executable, "-m", "pytest_iflow.cli.main", "report", *arguments],
        cwd=suite.root,
        env={**os.environ, "IFLOW_NODE": str(suite.root / "none")},
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert SECRET not in done.stdout + done.stderr
    said: list[dict[str, object]] = json.loads(done.stdout)
    return said
