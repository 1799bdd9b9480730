"""Files that are written whole or not at all, and what could not be written."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from pytest_iflow.errors import ExitCode, IflowError
from pytest_iflow.results.files import Troubles, replace_text
from tests.inner_project import InnerProject
from tests.reporting.offline_suite import CONFTEST, arguments, environ, feature

pytest_plugins = ["tests.inner_project", "tests.reporting.offline_suite"]


def test_a_file_is_replaced_and_nothing_else_stays(tmp_path: Path) -> None:
    """The new text stands in the old file's place, without a temporary file beside it."""
    page = tmp_path / "page.html"
    replace_text(page, "old")
    replace_text(page, "Größe\n")
    assert page.read_bytes() == "Größe\n".encode()
    assert list(tmp_path.iterdir()) == [page]


def test_a_failure_leaves_no_temporary_file(tmp_path: Path) -> None:
    """When the place is taken by a folder, the error is raised and the temporary file is gone."""
    taken = tmp_path / "page.html"
    (taken / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match=r"page\.html"):
        replace_text(taken, "new")
    assert list(tmp_path.iterdir()) == [taken]


def test_half_a_surrogate_pair_is_written_as_its_escape(tmp_path: Path) -> None:
    """What UTF-8 cannot hold does not stop a report."""
    page = tmp_path / "page.html"
    replace_text(page, "a\ud800b")
    assert page.read_text(encoding="utf-8") == r"a\ud800b"


FULL = OSError(errno.ENOSPC, "No space left on device")

WORSE = """
import shutil

@step("the reports are removed")
def removed():
    shutil.rmtree("reports")

@step("a file stands in their place")
def file_instead():
    shutil.rmtree("reports")
    Path("reports").touch()

@step("the disk is full")
def full():
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
"""


def write(error: Exception) -> None:
    """Fail as a writer does."""
    raise error


def test_one_reason_is_one_sentence() -> None:
    """However many files it keeps from being written; other processes tell theirs."""
    troubles, worker = Troubles(), Troubles()
    assert (troubles.has_unwritten, troubles.sentences) == (False, [])
    troubles.leave_aside("journal.jsonl was a folder")
    assert (troubles.has_unwritten, len(troubles.sentences)) == (False, 1)
    for name in ("summary", "index", "summary"):
        with troubles.writing(name):
            write(FULL)
    with worker.writing("index"):
        write(IflowError("It is no XML.", where="elsewhere"))
    troubles.adopt(worker.export())
    assert troubles.has_unwritten
    assert troubles.sentences == [
        "journal.jsonl was a folder",
        "summary and index cannot be written: No space left on device",
        "index cannot be written: It is no XML.",
    ]


REMOVABLE = pytest.mark.skipif(os.name != "posix", reason="an open file stays where it is")


@pytest.mark.parametrize("workers", [(), ("-n1",)], ids=["one process", "worker"])
@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        pytest.param("the reports are removed", "cannot be written: No such file", marks=REMOVABLE),
        pytest.param("a file stands in their place", "cannot be written: Not a directory", marks=REMOVABLE),
        pytest.param(
            "the disk is full",
            "cannot be written: File too large",
            marks=pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of POSIX"),
        ),
    ],
)
def test_a_run_goes_on_without_its_files(
    offline: InnerProject, trouble: str, sentence: str, workers: tuple[str, ...]
) -> None:
    """To its end; nothing failed, and yet it is no pass, for what it left does not tell so."""
    offline.write("conftest.py", CONFTEST.replace("\n    ", "\n") + WORSE)
    offline.write("features/a.feature", feature('"first" is good', trouble, '"last" is good'))
    run = offline.run(*arguments(*workers), **environ())
    assert run.code == ExitCode.REPORTS_INCOMPLETE
    assert "3 passed" in run.out
    assert sentence in run.out
    assert "Traceback" not in run.text
    assert "INTERNALERROR" not in run.text
    failed = offline.run(*arguments(*workers), **environ("last"))
    assert failed.code == (4 if "file stands" in trouble else 1)  # the next run has no room from its start
