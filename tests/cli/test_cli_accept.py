"""``pytest-iflow accept`` and the record of a real run."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pytest_iflow.cli.main import app
from pytest_iflow.results.signing import trusted_keys
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

PASSPHRASE = "IFLOW_ACCEPTANCE_PASSPHRASE"
FEATURE = """
    Feature: Products
      @REQ-1
      Scenario: good
        When I request the details of product "HT-1080"
        Then the response status is 200
      @REQ-2
      Scenario: bad
        When I request the details of product "HT-1080"
        Then the response status is 201
"""
WHO = ("--tenant=local", "--environment=dev", "--by=Jürgen Groß", "--role=QA lead")


@pytest.fixture(scope="module")
def suite(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A suite that ran once on the local tenant."""
    project = new_project()
    project.write("features/products.feature", FEATURE)
    run = project.run("--tenant=local")
    assert run.code == 1, run.text
    return project


@pytest.fixture
def project(suite: InnerProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InnerProject:
    """A copy of the suite, as the folder that the command works in."""
    shutil.copytree(suite.root, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    monkeypatch.delenv(PASSPHRASE, raising=False)
    return InnerProject(tmp_path / "copy")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private key."""
    path = tmp_path_factory.mktemp("key") / "lead.pem"
    assert invoke("--new-key", f"--key={path}").exit_code == 0
    return path


def invoke(*arguments: str, command: str = "accept") -> Result:
    """Return what the command says."""
    return CliRunner().invoke(app, [command, *arguments])


def accept(key: Path, *arguments: str) -> Result:
    """Return what the command says about the run."""
    return invoke(*WHO, f"--key={key}", *arguments)


def test_a_red_run_is_refused_and_nothing_is_left(project: InnerProject, key: Path) -> None:
    """On standard error, with the remedy; as JSON for scripts."""
    said = accept(key, "--decision=accepted")
    assert (said.exit_code, said.stdout) == (1, "")
    assert "features/products.feature::bad" in said.stderr
    assert "what to do: Give --deviation" in said.stderr
    document = json.loads(accept(key, "--decision=accepted", "--json").stdout)
    assert [each["kind"] for each in document["objections"]] == ["undecided"]
    assert not list(project.root.glob("reports/local/dev/acceptance/*"))


def test_a_run_is_accepted_verified_and_a_changed_byte_is_named(project: InnerProject, key: Path) -> None:
    """From the run to the auditor."""
    listed = project.write("requirements.csv", "ID;Title\nREQ-1;Größe\nREQ-2;Länge\n")
    table = project.write("deviations.csv", "subject;disposition;reason\nbad;deferred;später\n")
    said = accept(
        key,
        "--decision=accepted-with-deviations",
        f"--requirements={listed}",
        f"--deviations={table}",
        "--comment=Nur Release 1.",
    )
    assert said.exit_code == 0, said.output
    assert "accepted-with-deviations: local/dev" in said.stdout
    assert "PDF          acceptance.pdf" in said.stdout
    (record,) = project.root.glob("reports/local/dev/acceptance/*")
    assert f'verify with  pytest-iflow verify "{record.relative_to(project.root)}"' in said.stdout
    document = json.loads((record / "acceptance.json").read_text(encoding="utf-8"))
    assert [each["status"] for each in document["requirements"]["results"]] == ["passed", "failed"]
    assert document["deviations"][0]["reason"] == "später"
    names = {file["path"] for file in document["evidence"]["files"]}
    assert {"run/summary.html", "run/junit.xml", "suite/features/products.feature"} <= names
    assert any(name.startswith("run/allure-results/") for name in names)

    public = f"--key={key.with_name('lead.pub.pem')}"
    good = invoke(str(record), public, command="verify")
    assert (good.exit_code, "As it was signed" in good.stdout) == (0, True)
    junit = record / "evidence" / "run" / "junit.xml"
    junit.write_bytes(junit.read_bytes().replace(b"bad", b"Bad", 1))
    changed = invoke(str(record), public, command="verify")
    assert changed.exit_code == 1
    assert "evidence/run/junit.xml: the file was changed" in changed.stdout


USED = {
    "features/used.feature": """
        Feature: Files
          Scenario Outline: <n>
            When I send a POST request to the iFlow "echo" with the file "order.json"
            Then the response matches the schema "main.json"
            And the response equals the golden message "golden.json"

            Examples:
              | n |
              | 1 |
              | 2 |
              | 3 |
    """,
    "payloads/order.json": '{"orderId": "7"}',
    "payloads/golden.json": "{}",
    "schemas/main.json": '{"$ref": "part.json"}',
    "schemas/part.json": '{"type": "object"}',
    "schemas/unused.json": "{}",
    "conftest.py": "import pytest\n",
    "steps/mine.py": "from pytest_iflow.gherkin.vocabulary import step\n",
    "tenants/acme.toml": """
        [environments.dev]
        ca-bundle = "emulator:ca.pem"
        [environments.dev.clients.default]
        service-key = "emulator:integration-flow.json"
        [environments.dev.iflows.echo]
        address = "/echo"
    """,
}


@pytest.mark.parametrize("workers", [0, 2])
def test_evidence_is_what_the_run_used_and_not_what_lies_there_later(
    new_project: Callable[[], InnerProject], monkeypatch: pytest.MonkeyPatch, key: Path, workers: int
) -> None:
    """Feature, payload, golden message, schema and what it refers to, tenant file; also of workers."""
    project = new_project()
    for name, text in USED.items():
        project.write(name, text)
    run = project.run("--tenant=acme", "--no-preflight", *([f"-n{workers}"] if workers else []))
    assert run.code == 1, run.text
    monkeypatch.chdir(project.root)
    monkeypatch.delenv(PASSPHRASE, raising=False)
    arguments = ("--tenant=acme", "--environment=dev", "--by=A", "--role=B", f"--key={key}")
    used = sorted(set(USED) - {"schemas/unused.json"})
    for name in (*used, "pytest.ini"):
        path = project.root / name
        before, times = path.read_bytes(), path.stat()
        path.write_bytes(before + b" ")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        said = invoke(*arguments, "--decision=accepted")
        assert (said.exit_code, f"{name}: changed since the run" in said.stderr) == (1, True), said.output
        path.write_bytes(before)
    (project.root / "vouched.json").write_text("{}", encoding="utf-8")
    given = [f"--deviation={number}=accepted: so be it" for number in (1, 2, 3)]
    decided = invoke(*arguments, *given, "--decision=accepted-with-deviations", "--attestation=vouched.json")
    assert decided.exit_code == 0, decided.output
    (seal,) = re.findall(r"seal: +([0-9a-f]{64})", run.out)
    assert f"seal         {seal}" in decided.stdout
    (record,) = project.root.glob("reports/acme/dev/acceptance/*")
    kept = record / "evidence" / "suite"
    assert sorted(path.relative_to(kept).as_posix() for path in kept.rglob("*") if path.is_file()) == sorted(
        {name for name in used if not name.endswith(".py")} | {"pytest.ini"}
    )
    public = key.with_name("lead.pub.pem")
    verified = invoke(str(record), f"--key={public}", command="verify")
    assert verified.exit_code == 0, verified.output
    assert "attestation  attestation/vouched.json" in verified.stdout


def test_json_says_where_the_record_is(project: InnerProject, key: Path) -> None:
    """A rejection needs no dispositions; unknown tags are told."""
    listed = project.write("one.csv", "id,title\nREQ-1,a\n")
    said = accept(key, "--decision=rejected", f"--requirements={listed}", "--json")
    assert said.exit_code == 0, said.output
    document = json.loads(said.stdout)
    assert (project.root / document["record"] / "acceptance.json").is_file()
    assert (document["decision"], document["pdf"], document["unknown_tags"]) == ("rejected", True, ["REQ-2"])


def test_without_a_run_nothing_is_accepted(project: InnerProject, key: Path) -> None:
    """Exit code 1, and the command that runs the suite."""
    said = invoke("--tenant=trial", *WHO[1:], f"--key={key}", "--decision=rejected")
    assert said.exit_code == 1
    assert "pytest --tenant=trial --environment=dev" in said.stderr
    assert not (project.root / "reports" / "trial").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (WHO, "A record needs --decision."),
        (("--decision=accepted", "--by= "), "needs --tenant, --environment, --by, --role."),
        ((*WHO, "--decision=fine"), "Invalid value for '--decision'"),
        ((*WHO, "--decision=rejected", "--max-age=soon"), "no time span"),
        ((*WHO, "--decision=rejected", "--deviation=bad"), "SUBJECT=disposition: reason"),
        ((*WHO, "--decision=rejected", "--key=none.pem"), "The key cannot be read"),
        ((*WHO, "--decision=rejected", "--deviations=none.csv"), "The file cannot be read"),
    ],
)
@pytest.mark.usefixtures("project")
def test_what_cannot_be_used_is_a_usage_error(arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2."""
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_new_key_is_made_in_the_settings_folder(
    project: InnerProject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not in the project; never a second time."""
    settings = tmp_path / "settings"
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(settings))
    made = invoke("--new-key")
    assert made.exit_code == 0, made.output
    (private,) = settings.rglob("acceptance-key.pem")
    assert str(private) in made.stdout
    assert "Give the public key to those who verify" in made.stdout
    again = invoke("--new-key")
    assert (again.exit_code, "not overwritten" in again.stderr) == (2, True)
    assert not list(project.root.rglob("*.pem"))


@pytest.mark.usefixtures("project")
def test_a_passphrase_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And is never printed."""
    path = tmp_path / "locked.pem"
    monkeypatch.setenv(PASSPHRASE, "offen-sesam")
    made = invoke("--new-key", f"--key={path}", "--json")
    assert (made.exit_code, json.loads(made.stdout)["private_key"]) == (0, str(path))
    assert accept(path, "--decision=accepted").exit_code == 1, "refused, not locked"
    monkeypatch.setenv(PASSPHRASE, "falsch-geraten")
    wrong = accept(path, "--decision=accepted")
    assert (wrong.exit_code, "is the passphrase right" in wrong.stderr) == (2, True)
    assert "geraten" not in wrong.stderr
    monkeypatch.delenv(PASSPHRASE)
    assert "has a passphrase" in accept(path, "--decision=accepted").stderr


@pytest.mark.usefixtures("without_home")
def test_without_a_home_folder_it_is_said_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No private key comes into a folder "~" of the project; a key that is named needs no home."""
    monkeypatch.chdir(tmp_path)
    refused = invoke("--new-key")
    assert (refused.exit_code, "XDG_CONFIG_HOME" in refused.output) == (2, True), refused.output
    assert list(tmp_path.iterdir()) == []
    assert invoke("--new-key", f"--key={tmp_path / 'lead.pem'}").exit_code == 0
    assert trusted_keys() == []
