"""The hooks of a run: features twice, runs that are cut short, suites that are broken."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from pytest_iflow.results.run_folder import RECORD, SUMS
from tests.inner_project import TIMEOUT, InnerProject

pytest_plugins = ["tests.inner_project"]

TWICE = """
    from pytest_bdd import scenarios

    scenarios("features")
"""

SLOW = """
    import time
    from pathlib import Path
    from pytest_iflow.run import RUN
    from pytest_iflow.gherkin.vocabulary import step

    @step("I wait long")
    def wait(request):
        Path("waits").write_text(request.config.stash[RUN].emulator_keys, encoding="utf-8")
        Path("waits").rename("waiting")
        time.sleep(300)
"""

SLOW_FEATURE = """
    Feature: Patience
      Scenario: quick
        Given an access token
      Scenario: slow
        Given an access token
        When I wait long
        Then the response status is 200
      Scenario: never reached
        Given an access token
"""

FEATURE = "Feature: F\n  Scenario: a\n    Given an access token\n"

POSIX = pytest.mark.skipif(os.name == "nt", reason="on Windows a signal kills")


def test_features_among_the_reports_are_no_part_of_the_suite(project: InnerProject) -> None:
    """An acceptance record keeps copies of them."""
    project.write("features/a.feature", FEATURE)
    project.write("reports/local/dev/acceptance/2026/evidence/suite/features/a.feature", FEATURE)
    assert project.run("--tenant=local", "--collect-only", "-q").collected() == ["a.feature::a"]


def test_features_in_an_acceptance_record_are_no_part_of_the_suite(project: InnerProject) -> None:
    """Somebody keeps a copy of it beside the suite, to which a bare pytest comes."""
    project.write("features/a.feature", FEATURE)
    for name in (RECORD, SUMS, "evidence/suite/features/a.feature"):
        project.write(f"signed/2026-11/{name}", FEATURE)
    assert project.run("--tenant=local", "--collect-only", "-q", ".").collected() == ["a.feature::a"]


def test_features_that_python_binds_too_are_told(project: InnerProject) -> None:
    """They would run twice; where warnings are errors the run ends before it begins."""
    project.write("features/a.feature", "Feature: F\n  Scenario: a\n    Given an access token\n")
    project.write("test_twice.py", TWICE)
    path = project.root / "features" / "a.feature"
    said = (
        f"{path} runs twice: pytest-iflow collects feature files by itself, "
        "and a Python test binds them with scenarios() or @scenario; remove one of the two"
    )
    warned, refused = project.run_several(
        (["--tenant=local", "--co", "-W", "default"], {}), (["--tenant=local", "--co"], {})
    )
    assert (warned.code, refused.code) == (0, 4)
    assert f"PytestCollectionWarning: {said}" in warned.out
    assert refused.err.strip().splitlines()[0] == f"ERROR: {said}"
    assert "INTERNALERROR" not in refused.text


def wait_for(path: Path, process: subprocess.Popen[str]) -> str:
    """Wait until a file is there and return what it holds."""
    end = time.monotonic() + TIMEOUT
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, f"{path} is still missing"
        time.sleep(0.02)
    return path.read_text(encoding="utf-8")


def wait_until_gone(path: Path) -> bool:
    """Wait until the keys of an emulator are removed, which is the last thing that it does."""
    end = time.monotonic() + TIMEOUT
    while path.exists() and time.monotonic() < end:
        time.sleep(0.02)
    return not path.exists()


@pytest.fixture
def slow(project: InnerProject) -> InnerProject:
    """A suite with a scenario that takes minutes."""
    project.write("conftest.py", SLOW)
    project.write("features/slow.feature", SLOW_FEATURE)
    return project


@POSIX
def test_ctrl_c_leaves_a_report_and_no_emulator(slow: InnerProject) -> None:
    """What ran is told, what was cut short too."""
    with slow.start("--tenant=local") as process:
        keys = Path(wait_for(slow.root / "waiting", process))
        assert (keys / "integration-flow.json").is_file()
        process.send_signal(signal.SIGINT)
        run = slow.finish(process)
    assert run.code == 2
    assert "KeyboardInterrupt" in run.out
    summary = run.summary()
    assert (summary["verdict"], summary["interrupted"]) == ("interrupted", True)
    assert run.statuses() == {"quick": "passed", "slow": "not run", "never reached": "not run"}
    assert run.scenarios()["slow"]["message"].endswith("while it ran; it had sent no message")
    assert "interrupted" in run.files()["reports/local/dev/summary.html"]
    cut_short = run.results()["slow"]["steps"]
    assert [step["status"] for step in cut_short] == ["passed", "skipped", "skipped"]
    assert not keys.exists()


@POSIX
def test_a_run_that_is_killed_leaves_no_emulator(slow: InnerProject) -> None:
    """It ends by itself when nobody holds its input any more, and takes its keys along."""
    with slow.start("--tenant=local") as process:
        keys = Path(wait_for(slow.root / "waiting", process))
        assert (keys / "integration-flow.json").is_file()
        process.kill()
        assert slow.finish(process).code == -signal.SIGKILL
    assert wait_until_gone(keys / "integration-flow.json")


def test_a_broken_conftest_is_reported_by_pytest(project: InnerProject) -> None:
    """As ever; nothing of this plugin stands in the way, and nothing is written."""
    project.write("conftest.py", "import a_module_that_nobody_has\n")
    project.write("features/a.feature", "Feature: F\n  Scenario: a\n    Given an access token\n")
    run = project.run("--tenant=local")
    assert run.code == 4
    assert "ImportError while loading conftest" in run.err
    assert "No module named 'a_module_that_nobody_has'" in run.err
    assert "pytest_iflow" not in run.text
    assert run.files() == {}


def test_what_failed_last_runs_again(project: InnerProject) -> None:
    """The option --lf of pytest knows scenarios and rows."""
    project.write(
        "features/a.feature",
        """
        Feature: F
          Scenario: good
            Given an access token
          Scenario Outline: row <n>
            Given an access token
            Then the token is valid for at least <n> seconds
            Examples:
              | n      |
              | 1      |
              | 999999 |
        """,
    )
    first, again = project.run_several((["--tenant=local", "-q"], {}), (["--tenant=local", "-q", "--lf"], {}))
    assert "1 failed, 2 passed" in first.out
    assert again.statuses() == {"row 999999": "failed"}
    assert "1 failed" in again.out


FOREIGN = """
    Feature: Files
      Scenario Outline: sends <name>
        When I send a POST request to the iFlow "echo" with the body:
          \"\"\"
          {}
          \"\"\"
        And I send a POST request to the iFlow "echo" with the file "<name>"
        Examples:
          | name |
          | /etc/passwd |
          | ../../outside.json |
          | ..\\\\..\\\\outside.json |
          | /dev/zero |
          | /dev/stdin |
          | /proc/self/environ |
          | file:///etc/passwd |
          | C:\\\\Windows\\\\win.ini |
          | \\\\\\\\server\\\\share\\\\a |
          | link.json |
          | linked/outside.json |
          | pipe.json |
          | ../payloads/pipe.json |
      Scenario Outline: judges by <name>
        When I send a POST request to the iFlow "echo" with the body:
          \"\"\"
          {}
          \"\"\"
        Then the response <check> "<name>"
        Examples:
          | check | name |
          | matches the schema | /etc/passwd |
          | matches the schema | ../outside.json |
          | equals the golden message | ../../outside.json |
          | equals the golden message | link.json |
"""
REFERRING = """
    Feature: Schemas
      Scenario Outline: refers to <name>
        When I send a POST request to the iFlow "echo" with the body:
          \"\"\"
          {}
          \"\"\"
        Then the response matches the schema "<name>"
        Examples:
          | name |
          | dots.json |
          | file.json |
          | link.json |
          | dots.xsd |
          | file.xsd |
"""


@pytest.mark.skipif(os.name != "posix", reason="the names are those of another system")
def test_a_feature_reads_nothing_outside_of_the_suite(project: InnerProject) -> None:
    """By no way that leads there, before anything is sent, with file and remedy; a pipe stops nobody."""
    outside = project.root.parent / f"{project.root.name}-outside"
    outside.mkdir()
    (outside / "outside.json").write_text("{}", encoding="utf-8")
    xsd = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="{}"/></xs:schema>'
    (outside / "outside.xsd").write_text(xsd.format("a"), encoding="utf-8")
    features = f"{outside.name}/outside.json".join(FOREIGN.split("outside.json"))
    project.write("features/foreign.feature", features.replace(f"linked/{outside.name}/", "linked/"))
    project.write("features/referring.feature", REFERRING)
    for folder in ("payloads", "schemas"):
        (project.root / folder).mkdir()
        (project.root / folder / "link.json").symlink_to(outside / "outside.json")
    (project.root / "payloads" / "linked").symlink_to(outside)
    os.mkfifo(project.root / "payloads" / "pipe.json")
    for kind, address in (("dots", f"../../{outside.name}/outside"), ("file", f"file://{outside}/outside")):
        project.write(f"schemas/{kind}.json", json.dumps({"$ref": f"{address}.json"}))
        include = f'<xs:include schemaLocation="{address}.xsd"/><xs:element'
        project.write(f"schemas/{kind}.xsd", xsd.format("b").replace("<xs:element", include))
    run = project.run("--tenant=local")
    assert run.code == 1, run.text
    scenarios = run.summary()["scenarios"]
    assert len(scenarios) == 22
    assert {each["status"] for each in scenarios} == {"broken"}
    for each in scenarios:
        message = each["message"]
        if "pipe" in each["scenario"]:
            assert "no file but a folder, a pipe" in message
        else:
            assert 'files = ["FOLDER"]' in message, (each["scenario"], message)
            assert "lies outside of the suite" in message
        if each["file"].endswith("foreign.feature"):
            assert each["exchange"] == "", (each["scenario"], "sent something")


def test_a_tenant_file_allows_a_folder_outside(project: InnerProject) -> None:
    """For payloads, golden messages and schemas with what they refer to; others stay closed."""
    shared = project.root.parent / f"{project.root.name}-shared"
    shared.mkdir()
    for name, text in (("in.json", '{"a": 1}'), ("main.json", '{"$ref": "part.json"}'), ("part.json", "{}")):
        (shared / name).write_text(text, encoding="utf-8")
    project.write(
        "tenants/local.toml",
        f"""
        files = ["../../{shared.name}"]
        [environments.dev]
        ca-bundle = "emulator:ca.pem"
        [environments.dev.clients.default]
        service-key = "emulator:integration-flow.json"
        [environments.dev.iflows.echo]
        address = "/echo"
        """,
    )
    project.write(
        "features/shared.feature",
        """
        Feature: Shared files
          Scenario: all
            When I send a POST request to the iFlow "echo" with the file "in.json"
            Then the response matches the schema "main.json"
        """,
    )
    run = project.run("--tenant=local")
    assert run.code == 0, run.text
    project.write(
        "tenants/local.toml",
        (project.root / "tenants/local.toml").read_text(encoding="utf-8").partition("\n")[2],
    )
    assert project.run("--tenant=local").code == 1
