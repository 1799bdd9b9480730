"""The journal of a run, and what is left of one that was killed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from pytest_iflow.errors import IflowError
from pytest_iflow.results.history import History
from pytest_iflow.results.journal import Journal, NotedFiles
from pytest_iflow.results.plan import write_plan
from pytest_iflow.results.run_folder import JOURNAL, PLAN, SEALED_JOURNAL, read_run, recover
from pytest_iflow.secrets.registry import register_secret
from pytest_iflow.tenants.suite_files import SuiteFiles
from tests.inner_project import InnerProject
from tests.reporting.offline_suite import arguments, environ, feature
from tests.results.runs import node, run, scenario

pytest_plugins = ["tests.inner_project", "tests.reporting.offline_suite"]

HEAD = run(1, selection="-k orders", runtime_version="8.22")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a run that was killed: of three scenarios one is finished, one began."""
    journal = Journal(tmp_path)
    journal.begin(HEAD)
    write_plan(tmp_path / PLAN, (scenario(name, "-", tags=["REQ-1"]) for name in "abc"))
    journal.write_run(replace(HEAD, hosts={"token": "example.com"}))
    for name in "ab":
        journal.start(node(name))
    journal.finish(scenario("a", "F", message="wrong"), 7.25)
    journal.close()
    return tmp_path


def test_what_is_finished_is_there_and_the_rest_is_not_run(folder: Path) -> None:
    """With the reason, and all that was known of the run."""
    found = recover(folder)
    assert found is not None
    assert [(each.status, each.message) for each in found.scenarios] == [
        ("failed", "wrong"),
        ("not run", "the run was killed while it ran"),
        ("not run", "the run was killed before it ran"),
    ]
    assert found.scenarios[2].tags == ("REQ-1",)
    assert (found.interrupted, found.seconds) == (True, 7.25)
    assert (found.selection, found.hosts) == ("-k orders", {"token": "example.com"})


def test_lines_that_cannot_be_read_are_left_out(folder: Path) -> None:
    """The last one is often half; what stands before it counts."""
    with (folder / JOURNAL).open("a", encoding="utf-8") as file:
        file.write('7\n{"finished": {}}\n{"finished": {"node_id": "features/ord')
    found = recover(folder)
    assert found is not None
    assert found.counts["failed"] == 1
    (folder / JOURNAL).write_text("{", encoding="utf-8")
    assert recover(folder) is None


def test_a_run_that_was_killed_before_it_had_a_plan_knows_no_scenario(folder: Path) -> None:
    """And so is no success."""
    (folder / PLAN).unlink()
    found = recover(folder)
    assert found is not None
    assert len(found.scenarios) == 1


def test_the_journal_goes_before_the_summary(folder: Path) -> None:
    """An old summary is no result of a run that was killed; without a journal the summary is."""
    run(0, scenarios="a=P b=P c=P").write(folder / "summary.json")
    assert read_run(folder).interrupted
    Journal(folder).end()
    assert read_run(folder).interrupted, "only who began a journal may end it"
    (folder / JOURNAL).unlink()
    assert read_run(folder).verdict == "passed"
    (folder / "summary.json").unlink()
    with pytest.raises(IflowError, match="cannot be read"):
        read_run(folder)


@pytest.mark.parametrize("lines_behind", [0, 1, 3])
def test_a_secret_that_came_in_after_its_line_is_masked_at_the_end(tmp_path: Path, lines_behind: int) -> None:
    """Also one in what is known of the run, which is written again, however many lines stand behind."""
    secret = f"s3cret-of-line-{lines_behind}"
    journal = Journal(tmp_path)
    journal.begin(run(1, selection=secret))
    journal.start(node(secret))
    register_secret(secret)
    for number in range(lines_behind):
        journal.start(node(str(number)))
    journal.write_run(run(1, selection=secret))
    journal.start(node("last"))
    journal.end()
    lines = (tmp_path / SEALED_JOURNAL).read_text(encoding="utf-8").splitlines()
    assert len(lines) == lines_behind + 4
    assert [secret in line for line in lines] == [False] * len(lines)
    assert json.loads(lines[1])["started"] == node("***")


def test_a_run_takes_the_place_of_the_one_before_at_its_beginning(folder: Path) -> None:
    """Nobody may take what that left for its own result; at its end the journal is the sealed one."""
    for name in ("summary.json", "summary.html", "junit.xml", "history.jsonl"):
        (folder / name).touch()
    journal = Journal(folder)
    journal.begin(run(2))
    assert {path.name for path in folder.iterdir()} == {JOURNAL, "history.jsonl"}
    journal.end()
    journal.start("late")
    assert {path.name for path in folder.iterdir()} == {"history.jsonl", SEALED_JOURNAL}
    (folder / "sealed-journal-1.jsonl").touch()
    following = Journal(folder)
    following.begin(run(3))
    following.close()
    assert {path.name for path in folder.iterdir()} == {JOURNAL, "history.jsonl"}


def test_a_run_that_is_killed_leaves_what_was_finished(offline: InnerProject) -> None:
    """The summary of the run before is gone; the next run knows of it by the history."""
    path = "features/orders.feature"
    offline.write(path, feature('"first" is good', '"second" is good', '"third" is good'))
    assert offline.run(*arguments(), **environ()).code == 0
    offline.write(path, feature('"first" is good', "the process is killed", '"third" is good'))
    killed = offline.run(*arguments(), **environ())
    assert killed.code != 0
    folder = offline.root / "reports" / "acme" / "dev"
    assert {each.name for each in folder.iterdir()} >= {JOURNAL, PLAN}
    assert not (folder / "summary.json").exists()
    assert not (folder / "summary.html").exists()
    left = read_run(folder)
    assert (left.verdict, left.tenant, left.hosts["token"][:8]) == ("interrupted", "acme", "offline.")
    assert {each.scenario: (each.status, each.message) for each in left.scenarios} == {
        "first": ("passed", ""),
        "the process is killed": ("not run", "the run was killed while it ran; it had sent no message"),
        "third": ("not run", "the run was killed before it ran"),
    }
    third = left.scenarios[2]
    assert (third.feature, third.tags, third.line, third.file) == ("Orders", ("REQ-1",), 12, path)
    offline.write(path, feature('"first" is good', '"third" is good'))
    last = offline.run(*arguments(), **environ("third"))
    assert [past.results for past in History(folder).newest_first()] == ["PF", "P--", "PPP"]
    assert "newly failing: 1" in last.out
    assert not (folder / JOURNAL).exists()
    assert read_run(folder).verdict == "failed"


def test_a_killed_controller_of_workers_leaves_what_was_finished(offline: InnerProject) -> None:
    """The plan is there, too, though the controller never collected."""
    offline.write("features/a.feature", feature('"first" is good', "the controller is killed"))
    offline.write("features/b.feature", feature(*(f'"{number}" is good' for number in range(4))))
    killed = offline.run(*arguments("-n", "1"), **environ())
    assert killed.code != 0
    left = read_run(offline.root / "reports" / "acme" / "dev")
    statuses = {each.scenario: each.status for each in left.scenarios}
    assert statuses == {
        "first": "passed",
        "the controller is killed": "not run",
        **{str(number): "not run" for number in range(4)},
    }
    assert {each.feature for each in left.scenarios} == {"Orders"}
    lines = (offline.root / "reports/acme/dev" / JOURNAL).read_text(encoding="utf-8").splitlines()
    assert {next(iter(json.loads(line))) for line in lines} == {"run", "started", "finished"}


def test_what_is_new_is_taken_once(tmp_path: Path) -> None:
    """What was read and what was written; results that lie elsewhere are no evidence."""
    (tmp_path / "a.json").touch()
    files = SuiteFiles(tmp_path)
    noted = NotedFiles(files)
    assert noted.collect() == {}
    files.read(tmp_path / "a.json")
    write = noted.writer(tmp_path / "run" / "allure-results", tmp_path / "run")
    assert write is not None
    write("1-result.json", "f" * 64)
    taken = noted.collect()
    assert taken["files"] == [("allure-results/1-result.json", "f" * 64)]
    assert [name for name, _ in taken["used"]] == ["a.json"]
    assert noted.collect() == {}
    assert noted.writer(tmp_path / "elsewhere", tmp_path / "run") is None
