"""What processes of a run note of files, until it stands in the journal."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from pytest_iflow.results.journal.noted_files import NotedFiles, NotesOfWorkers
from pytest_iflow.tenants.suite_files import SuiteFiles


def test_what_is_new_is_taken_once(tmp_path: Path) -> None:
    """What was read and what was written; results that lie elsewhere are no evidence."""
    (tmp_path / "a.json").touch()
    files = SuiteFiles(tmp_path)
    noted = NotedFiles(files)
    assert noted.take() == {}
    files.read(tmp_path / "a.json")
    write = noted.writer(tmp_path / "run" / "allure-results", tmp_path / "run")
    assert write is not None
    write("1-result.json", "f" * 64)
    taken = noted.take()
    assert taken["files"] == [("allure-results/1-result.json", "f" * 64)]
    assert [name for name, _ in taken["used"]] == ["a.json"]
    assert noted.take() == {}
    assert noted.writer(tmp_path / "elsewhere", tmp_path / "run") is None


def test_a_controller_takes_over_what_workers_noted(tmp_path: Path) -> None:
    """With each report, and at the end of a worker; one that crashed tells nothing."""
    noted = NotedFiles(SuiteFiles(tmp_path))
    controller = NotesOfWorkers(noted)
    rest = {"iflow_files": {"used": [("b", "1" * 64)]}}
    controller.pytest_testnodedown(SimpleNamespace(workeroutput=rest))
    controller.pytest_testnodedown(SimpleNamespace())
    assert noted.take() == {"used": [("b", "1" * 64)]}
