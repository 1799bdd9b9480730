"""Files that another program holds for a while, or for long: nothing of a run ends by that."""

from __future__ import annotations

import ast
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_iflow import held_files
from pytest_iflow.errors import ExitCode
from pytest_iflow.results.history import History
from pytest_iflow.results.run_folder import JOURNAL, read_run
from tests.held_files import CONFTEST as HOLD
from tests.held_files import FOR_EVER, held, holding
from tests.inner_project import InnerProject
from tests.reporting.offline_suite import CONFTEST, arguments, environ, feature
from tests.test_layers import MODULES

pytest_plugins = ["tests.inner_project", "tests.reporting.offline_suite"]

OLD_FILES = ("plan.jsonl", "summary.json", "summary.html", "junit.xml", "sealed-journal.jsonl")
NEW_FILES = ("summary.json", "summary.html", "junit.xml", "history.jsonl", "index.html", "plan.jsonl")


@pytest.fixture
def suite(offline: InnerProject) -> InnerProject:
    """A suite with one scenario and the results of an earlier run, whose files can be held."""
    offline.write("tests_held_files.py", Path(__file__).with_name("held_files.py").read_text("utf-8"))
    offline.write("conftest.py", HOLD + CONFTEST.replace("\n    ", "\n"))
    offline.write("features/a.feature", feature('"first" is good'))
    assert offline.run(*arguments(), **environ()).code == 0
    return offline


def test_a_run_waits_for_files_that_are_held_for_a_moment(suite: InnerProject) -> None:
    """Every file that it removes or replaces: it passes and has nothing to tell."""
    files = [("unlink", name, 2) for name in (*OLD_FILES, "-result.json")]
    files += [("replace", name, 2) for name in (*NEW_FILES, JOURNAL)]
    run = suite.run(*arguments(), **environ(), **held(*files))
    assert run.code == 0, run.text
    assert "cannot be" not in run.text
    assert " of an earlier run" not in run.out
    assert len(list((suite.root / "reports/acme/dev/allure-results").glob("*-result.json"))) == 1


def test_a_run_goes_on_without_files_that_stay_held(suite: InnerProject) -> None:
    """It says so for each of them, and that its reports are incomplete; the next run is as ever."""
    old = [("unlink", name, FOR_EVER) for name in (*OLD_FILES, "-result.json")]
    new = [("replace", name, FOR_EVER) for name in NEW_FILES]
    run = suite.run(*arguments(), **environ(), **held(*old, *new, patience=0.1))
    assert run.code == ExitCode.REPORTS_INCOMPLETE, run.text
    assert "INTERNALERROR" not in run.text
    assert "Traceback" not in run.text
    assert "1 passed" in run.out
    assert "allure-results keeps 1 of the files of an earlier run: another program holds it" in run.out
    unwritten = next(line for line in run.out.splitlines() if "The process cannot access the file" in line)
    for name in ("the summary", "history.jsonl", "index.html", "junit.xml", "plan.jsonl"):
        assert name in unwritten
    after = suite.run(*arguments(), **environ())
    assert (after.code, "of an earlier run" in after.out) == (0, False), after.text


def test_a_journal_that_is_held_is_no_killed_run(suite: InnerProject) -> None:
    """It stays beside the summary of the same run, which is the result of that."""
    run = suite.run(*arguments(), **environ(), **held(("replace", JOURNAL, FOR_EVER), patience=0.1))
    assert run.code == ExitCode.REPORTS_INCOMPLETE, run.text
    assert f"{JOURNAL} cannot be written: The process cannot access the file" in run.out
    folder = suite.root / "reports/acme/dev"
    assert (folder / JOURNAL).is_file()
    assert not read_run(folder).interrupted
    assert suite.run(*arguments(), **environ()).code == 0
    assert [past.results for past in History(folder).newest_first()] == ["P", "P", "P"]
    assert not (folder / JOURNAL).exists()


def test_an_error_that_is_none_of_another_program_is_raised_at_once(tmp_path: Path) -> None:
    """Nobody waits for a folder that is missing."""
    calls = []

    def act() -> None:
        calls.append(1)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        held_files.patiently(act)
    assert len(calls) == 1
    held_files.remove(tmp_path / "missing")


def removals(path: Path) -> Iterator[str]:
    """Yield each place where a module removes or replaces a file by itself."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id == "rmtree":
            yield f"{path.name}:{node.lineno}"
        if not isinstance(node.func, ast.Attribute):
            continue
        name, named = node.func.attr, {each.arg for each in node.keywords}
        moves = name == "replace" and len(node.args) == 1 and not named  # that of a text has two arguments
        of_os = name in {"replace", "remove", "move"} and ast.unparse(node.func.value) in {"os", "shutil"}
        leaves = name == "TemporaryDirectory" and "ignore_cleanup_errors" not in named
        if moves or of_os or leaves or name in {"unlink", "rename", "renames", "rmtree"}:
            yield f"{path.name}:{node.lineno}"


def test_all_that_replaces_or_removes_files_waits_for_who_holds_them() -> None:
    """No module does it by itself."""
    assert list(removals(MODULES["held_files"]))  # they would be found
    paths = [path for name, path in MODULES.items() if name != "held_files"]
    assert [place for path in paths for place in removals(path)] == []


def test_a_folder_goes_as_far_as_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stays in it is counted; a folder that is not there is removed already."""
    monkeypatch.setattr(held_files, "PATIENCE", 0.1)
    folder = tmp_path / "folder"
    (folder / "inside").mkdir(parents=True)
    for name in ("one.txt", "inside/two.txt", "inside/three.txt"):
        (folder / name).touch()
    with holding(monkeypatch, ("unlink", "two.txt", FOR_EVER)):
        assert held_files.remove_folder(folder) == 1
    assert held_files.remove_folder(folder) == 0
    assert held_files.remove_folder(folder) == 0
    assert not os.path.lexists(folder)
