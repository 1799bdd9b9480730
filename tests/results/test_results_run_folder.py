"""The result of the latest run, as others read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.reporting.pages.index import write_index
from pytest_iflow.results.journal import Journal
from pytest_iflow.results.run_folder import RunFolder, read_run
from tests.results.runs import run, scenario


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an environment, where one run came to its end."""
    folder = tmp_path / "trial" / "dev"
    folder.mkdir(parents=True)
    run(1, scenarios="a=P").write(folder / "summary.json")
    return folder


def test_a_finished_run_is_read_from_its_summary(folder: Path) -> None:
    """And where there is none the error says what to do."""
    assert read_run(folder) == run(1, scenarios="a=P")
    with pytest.raises(IflowError, match="cannot be read") as caught:
        read_run(folder.parent)
    assert caught.value.remedy


def test_a_killed_run_goes_before_any_summary(folder: Path, tmp_path: Path) -> None:
    """Also in the matrix, once, and where it left no summary."""
    journal = Journal(folder)
    journal.begin(run(2))
    journal.finish(scenario("a", "P"), 1.0)
    journal.close()
    for _ in range(2):
        assert read_run(folder).started == run(2).started
        assert read_run(folder).verdict == "interrupted"
        page = write_index(tmp_path).read_text(encoding="utf-8")
        assert f"{run(2).started:%Y-%m-%d %H:%M}" in page
        assert f"{run(1).started:%Y-%m-%d %H:%M}" not in page
        run(1, scenarios="a=P").write(folder / "summary.json")


@pytest.mark.parametrize(
    "below", ["taken", "a" * 300, "/".join(["b" * 200] * 25)], ids=["file", "name", "path"]
)
def test_a_folder_that_cannot_be_written_is_refused_before_anything_runs(tmp_path: Path, below: str) -> None:
    """Not after the last scenario, with a traceback."""
    (tmp_path / "taken").touch()
    with pytest.raises(ConfigurationError, match="Reports cannot be written") as caught:
        RunFolder(tmp_path / below / "local" / "dev").require_writable()
    assert caught.value.remedy
    assert "iflow_reports" in caught.value.remedy


def test_a_folder_that_can_be_written_is_made_and_left_empty(tmp_path: Path) -> None:
    """Nothing is there that the run did not write."""
    folder = tmp_path / "reports" / "local" / "dev"
    RunFolder(folder).require_writable()
    assert list(folder.iterdir()) == []
