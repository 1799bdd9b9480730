"""Writes ``junit.xml`` by pytest's own writer, which keeps no test case in memory once it is final.

What stands in the document is pytest's, also of Python tests: names, outcomes, captured output, properties.
A scenario gets two attributes more: ``file``, by which GitLab links a test, and ``line``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

import pytest
from _pytest.junitxml import LogXML

from pytest_iflow.held_files import remove
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.results.files import replace_text

_FORBIDDEN = lazy_pattern(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 knows in no form; a class of all others takes 5 ms to compile."""

_ESCAPED = lazy_pattern(r"[&<>\"\r\n\t]")
"""Characters that an attribute of XML has as something else; most have none of them."""

_PLACE = ET.Comment("test cases")
"""Stands in pytest's document where the test cases belong."""

_IN_MEMORY = 256 * 1024
"""Characters of test cases from which they are in a file."""

_PIECE = 64 * 1024


class JunitWriter(LogXML):
    """pytest's writer, with a file for test cases that are final; it takes the place of ``pytests``."""

    def __init__(self, pytests: LogXML) -> None:
        vars(self).update(vars(pytests))
        self._final = tempfile.SpooledTemporaryFile(  # noqa: SIM115, it lives as long as the writer
            _IN_MEMORY, "w+", encoding="utf-8", errors="backslashreplace", newline=""
        )
        self._uncollected = 0
        self._latest: tuple[str, object, Any] | None = None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Count what stands in the document before all test cases: what could not be collected."""
        super().pytest_collectreport(report)
        if not report.passed:
            self._uncollected = len(self.node_reporters_ordered)

    def node_reporter(self, report: Any) -> Any:
        """Return what gathers a test case; its reports mostly come one after the other."""
        if not isinstance(report, pytest.TestReport):
            return super().node_reporter(report)
        name, worker = report.nodeid, getattr(report, "node", None)
        if self._latest is None or self._latest[:2] != (name, worker):
            self._latest = name, worker, super().node_reporter(report)
        return self._latest[2]

    def _opentestcase(self, report: Any) -> Any:
        """Name a test case once: the report of its tear-down names nothing new."""
        reporter = self.node_reporter(report)
        is_named = "classname" in reporter.attrs and "name" in reporter.attrs
        if not (is_named and report.passed and report.when == "teardown"):
            reporter.record_testreport(report)
        return reporter

    def finalize(self, report: pytest.TestReport) -> None:
        """Write a test case that is final, and let go of it."""
        reporter = self.node_reporter(report)
        super().finalize(report)
        self._latest = None
        self.node_reporters_ordered.remove(reporter)
        case = reporter.to_xml()
        file, is_scenario, _ = report.nodeid.partition(".feature::")
        if is_scenario:
            case.attrib |= {"file": f"{file}.feature", "line": str((report.location[1] or 0) + 1)}
        self._final.write(_text(case))

    def pytest_sessionfinish(self) -> None:
        """Write the document in one move: pytest's, with the test cases in their place.

        Raises OSError as any write does.
        """
        target = Path(self.logfile)
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._final:
            if target.is_symlink() or (target.exists() and not target.is_file()):  # /dev/stdout, a pipe
                with target.open("w", encoding="utf-8", errors="backslashreplace") as file:
                    file.writelines(self._parts())
            else:
                remove(target)  # nobody takes it for that of this run where one is not written
                replace_text(target, self._parts())

    def _parts(self) -> Iterator[str]:
        """The document: what pytest writes of a run without tests, with all test cases in it."""
        cases, place = self.node_reporters_ordered, cast("Any", _Place())
        target = self.logfile
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            self.node_reporters_ordered, self.logfile = [place], str(Path(folder, "junit.xml"))
            try:
                super().pytest_sessionfinish()
                document = legal(Path(self.logfile).read_text(encoding="utf-8"))
            finally:
                self.node_reporters_ordered, self.logfile = cases, target
        head, _, tail = document.partition(ET.tostring(_PLACE, encoding="unicode"))
        yield head
        yield from (_text(each.to_xml()) for each in cases[: self._uncollected])
        self._final.seek(0)
        yield from iter(lambda: self._final.read(_PIECE), "")
        yield from (_text(each.to_xml()) for each in cases[self._uncollected :])
        yield tail


class _Place:
    """Takes the place of all test cases, as one of them."""

    def to_xml(self) -> Any:
        return _PLACE


def _text(case: Any) -> str:
    if len(case):
        return legal(ET.tostring(case, encoding="unicode"))
    attributes = " ".join([f"{name}={_quoted(value)}" for name, value in case.items()])
    return legal(f"<{case.tag} {attributes} />")


def _quoted(value: str) -> str:
    return quoteattr(value) if _ESCAPED.search(value) else f'"{value}"'


def legal(text: str) -> str:
    """Escape what XML forbids, as pytest does in texts, but not in the path of a test."""
    return _FORBIDDEN.sub(lambda char: f"#x{ord(char[0]):02X}", text)
