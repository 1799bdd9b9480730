"""Reports of pytest, masked in every text that they hold."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from _pytest.subtests import SubtestContext, SubtestReport

from pytest_iflow.reporting.masking.reports import ReportMask, own_id
from pytest_iflow.secrets.registry import masked, masked_lines, register_secret

SECRET = "s3cret-of-the-reports"


@pytest.fixture(autouse=True)
def _known() -> None:
    register_secret(SECRET)


def report(**more: Any) -> pytest.TestReport:
    """Return a report with the secret in each of its texts."""
    return pytest.TestReport(
        nodeid=f"test_a.py::test_b[{SECRET}]",
        location=("test_a.py", 1, f"test_b[{SECRET}]"),
        keywords={SECRET: 1},
        outcome="failed",
        longrepr=f"worker 'gw0' crashed while running 'test_b[{SECRET}]'",
        when="call",
        sections=[("Captured stdout", f"out {SECRET}")],
        user_properties=[("name", SECRET)],
        **more,
    )


def test_everything_in_a_report_is_masked_where_it_is_shown() -> None:
    """Also what other plugins put on it, and the names of the test."""
    shown = report(of_a_plugin={SECRET: [SECRET, 7, {"deep": (SECRET,)}]}, wasxfail=f"reason: {SECRET}")
    ReportMask(in_worker=False).pytest_runtest_logreport(shown)
    assert SECRET not in repr(vars(shown))
    assert shown.nodeid == "test_a.py::test_b[***]"
    assert vars(shown)["of_a_plugin"] == {"***": ["***", 7, {"deep": ("***",)}]}


def test_the_report_of_a_subtest_is_masked_too() -> None:
    """It has no hash; the name that pytest knows is kept for it as for others."""
    own = report()
    shown = SubtestReport._new(own, SubtestContext(msg=None, kwargs={}), None, None)
    ReportMask(in_worker=False).pytest_runtest_logreport(shown)
    assert shown.nodeid == "test_a.py::test_b[***]"
    assert own_id(shown) == own_id(own) == f"test_a.py::test_b[{SECRET}]"


@pytest.mark.parametrize(
    "held",
    [
        {("key", 1): SECRET},
        ["a \x1b[31m" + SECRET[:9] + "\x1b[0m" + SECRET[9:]],
        [SECRET[:9], SECRET[9:]],
        {"n": [f'quoted "\\{SECRET}"']},
    ],
    ids=["keys that are no text", "colours", "line by line", "quoted"],
)
def test_the_quick_look_at_a_report_misses_nothing(held: Any) -> None:
    """What JSON cannot say or says otherwise is looked at text by text."""
    shown = report(of_a_plugin=held)
    for name in ("longrepr", "sections", "user_properties", "location", "keywords"):
        setattr(shown, name, None)
    ReportMask(in_worker=True).pytest_runtest_logreport(shown)
    assert "***" in repr(vars(shown)["of_a_plugin"])


@pytest.mark.parametrize("where", ["of_a_plugin", "user_properties", "sections", "keywords", "longrepr"])
def test_a_report_that_was_clean_is_looked_at_again_when_it_changes(where: str) -> None:
    """Another plugin may add to it between where it is made and where it is shown."""
    place = ("test_a.py", 1, "test_b")
    more: Any = {"user_properties": [("a", "b")], "of_a_plugin": []}
    clean = pytest.TestReport("test_a.py::test_b", place, {"test_b": 1}, "passed", None, "call", **more)
    looking = ReportMask(in_worker=False)
    assert looking._is_clean(clean)
    assert looking._is_clean(clean)
    if where == "longrepr":
        clean.longrepr = SECRET
    elif where == "keywords":
        clean.keywords = {"test_b": 1, SECRET: 1}
    else:
        vars(clean)[where].append(("a", SECRET))
    looking.pytest_runtest_logreport(clean)
    assert "s3cret" not in repr(vars(clean))


def test_a_worker_keeps_the_names_by_which_xdist_knows_a_test() -> None:
    """The controller masks them."""
    sent = report()
    ReportMask(in_worker=True).pytest_runtest_logreport(sent)
    assert sent.nodeid == f"test_a.py::test_b[{SECRET}]"
    assert "s3cret" not in repr((sent.longrepr, sent.sections, sent.user_properties))


def test_what_cannot_be_collected_is_masked() -> None:
    """What could is left alone: its result are nodes."""
    mask = ReportMask(in_worker=False)
    failed = pytest.CollectReport("a.py", "failed", f"import of {SECRET}", [])
    mask.pytest_collectreport(failed)
    assert failed.longrepr == "import of ***"
    passed = pytest.CollectReport("a.py", "passed", None, [], sections=[("out", SECRET)])
    mask.pytest_collectreport(passed)
    assert passed.sections == [("out", SECRET)]


def test_an_internal_error_is_masked_with_its_local_variables() -> None:
    """In place: pytest hands the same object to all."""
    value = SECRET
    with pytest.raises(RuntimeError) as caught:
        raise RuntimeError(f"within pytest: {value}")
    shown = caught.getrepr(showlocals=True)
    ReportMask(in_worker=False).pytest_internalerror(shown)
    assert SECRET not in str(shown)
    assert "RuntimeError: within pytest: ***" in str(shown)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (UserWarning(f"about {SECRET}"), "about ***"),
        (UserWarning(SECRET, 7), "('***', 7)"),
        (UserWarning("harmless", 7), "('harmless', 7)"),
        (f"about {SECRET}", "about ***"),
    ],
)
def test_a_warning_is_masked_before_it_travels(message: Warning | str, text: str) -> None:
    """Its arguments are sent one by one."""
    warning: Any = warnings.WarningMessage(message, UserWarning, "a.py", 1)
    ReportMask(in_worker=True).pytest_warning_recorded(warning)
    assert str(warning.message) == text


def test_a_secret_that_goes_from_line_to_line_is_masked() -> None:
    """The lines of a failure are kept one by one."""
    lines = ["E   first", f"E   {SECRET[:7]}", f"E   {SECRET[7:]}", "E   last"]
    assert masked_lines(lines) == ["E   first", "E   ***", "E   last"]
    assert masked(lines[:2]) == lines[:2]
