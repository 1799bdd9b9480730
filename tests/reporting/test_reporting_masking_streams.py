"""Standard output and error, masked in whole lines."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_iflow.reporting.masking.streams import MOST_HELD, masked_logs, masked_streams
from pytest_iflow.secrets.registry import register_secret
from tests.inner_project import InnerProject
from tests.reporting.offline_suite import environ, feature

pytest_plugins = ["tests.inner_project", "tests.reporting.offline_suite"]

SECRET = "s3cret-of-the-streams"


@pytest.fixture
def out() -> io.StringIO:
    """A stream to stand in the place of standard output."""
    register_secret(SECRET)
    return io.StringIO()


@contextlib.contextmanager
def masked(out: io.StringIO) -> Iterator[None]:
    """Put it there, masked."""
    with contextlib.redirect_stdout(out), masked_streams():
        yield


def write(*texts: str) -> None:
    """Write as ``print`` does: its texts, and then the end of the line."""
    for text in (*texts, "\n"):
        sys.stdout.write(text)


def flush(text: str) -> None:
    """Write as ``print`` does that is told to flush, and to end no line."""
    sys.stdout.write(text)
    sys.stdout.flush()


def test_a_secret_in_pieces_is_masked(out: io.StringIO) -> None:
    """They wait for the end of the line, or for a flush."""
    with masked(out):
        for piece in (SECRET[:5], SECRET[5:9], SECRET[9:]):
            sys.stdout.write(piece)
        assert out.getvalue() == ""
        write()
        assert out.getvalue() == "***\n"
        assert out.write(SECRET) == len(SECRET)
        out.flush()
        out.flush()
    assert out.getvalue() == "***\n***"


def test_a_secret_that_was_wrapped_is_masked(out: io.StringIO) -> None:
    """Of one print, the text and its last line break come one by one."""
    with masked(out):
        write(f"{SECRET[:8]}\n    {SECRET[8:]}")
    assert out.getvalue() == "***\n"


@pytest.mark.parametrize("size", [1, 3, 7, len(SECRET) - 1])
def test_a_secret_that_is_flushed_in_pieces_is_masked(out: io.StringIO, size: int) -> None:
    """Of a secret whose beginning is known to be one no more is shown than that takes."""
    text = f"key={SECRET}; done"
    with masked(out):
        for start in range(0, len(text), size):
            flush(text[start : start + size])
        write()
    shown = out.getvalue()
    assert SECRET[:4] not in shown
    assert SECRET[4:] not in shown
    assert shown.endswith("***; done\n")


def test_what_only_begins_like_a_secret_is_shown(out: io.StringIO) -> None:
    """As soon as it goes on otherwise; what else is flushed does not wait."""
    with masked(out):
        flush(f"... {SECRET[:6]}")
        assert out.getvalue() == "... "
        flush("!")
        assert out.getvalue() == f"... {SECRET[:6]}!"


def test_progress_and_long_lines_do_not_wait(out: io.StringIO) -> None:
    """A line that is written over is shown at once; memory has an end."""
    with masked(out):
        out.write(f"\rcollecting {SECRET}")
        assert out.getvalue() == "\rcollecting ***"
        out.write("x" * (MOST_HELD + 1))
        assert out.getvalue().endswith("xxx")


def test_what_is_held_is_written_at_the_end(out: io.StringIO) -> None:
    """And the stream is as it was."""
    with masked(out):
        out.write(SECRET)
    assert out.getvalue() == "***"
    assert "write" not in vars(out)
    out.write(SECRET)
    assert out.getvalue().endswith(SECRET)


def test_a_stream_may_be_closed_or_replaced_meanwhile(out: io.StringIO) -> None:
    """Whoever replaced its method keeps it."""
    with masked(out):
        out.close()
    assert out.closed
    other = io.StringIO()
    written: list[str] = []
    with pytest.MonkeyPatch.context() as patch, masked(other):
        patch.setattr(other, "write", written.append)
        write("theirs")
    assert written == ["theirs", "\n"]


def test_one_stream_under_two_names_is_masked_once(out: io.StringIO) -> None:
    """Standard error may be standard output."""
    with contextlib.redirect_stderr(out), masked(out):
        sys.stderr.write(f"{SECRET}\n")
        write("after")
    assert out.getvalue() == "***\nafter\n"


LOG_SECRET = "s3cret-of-the-logs"


def test_a_handler_of_the_suite_masks_too(tmp_path: Path) -> None:
    """Formatted text and traceback; the record that the suite may look at is left alone."""
    register_secret(LOG_SECRET)
    logger = logging.Logger("suite")  # noqa: LOG001, one that pytest does not listen to
    handler = logging.FileHandler(tmp_path / "suite.log", encoding="utf-8")
    logger.addHandler(handler)
    records: list[logging.LogRecord] = []

    def keep(record: logging.LogRecord) -> bool:
        records.append(record)
        return True

    logger.addFilter(keep)
    with masked_logs():
        logger.error("found %s", LOG_SECRET, exc_info=ValueError(LOG_SECRET))
    logger.error("afterwards %s", LOG_SECRET)
    handler.close()
    text = (tmp_path / "suite.log").read_text(encoding="utf-8")
    assert text.startswith("found ***\nValueError: ***")
    assert text.endswith(f"afterwards {LOG_SECRET}\n")
    assert records[0].args == (LOG_SECRET,)


def test_a_cache_that_cannot_be_written_ends_no_run(offline: InnerProject) -> None:
    """As in a checkout that is read-only, where warnings are errors; the reports are elsewhere."""
    offline.write("features/a.feature", feature('"first" is good'))
    offline.write(".pytest_cache", "a file in the place of the folder")
    run = offline.run("--tenant=acme", "--no-preflight", "-o", "iflow_reports=elsewhere", **environ())
    assert (run.code, "Traceback" in run.text) == (0, False), run.text
