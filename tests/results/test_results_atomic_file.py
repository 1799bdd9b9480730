"""Files that appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.results.atomic_file import replace_text


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
