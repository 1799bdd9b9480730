"""junit.xml is what pytest's own writer would have written, with the places of scenarios."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lxml import etree

from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

BESIDE = """
import pytest
from _pytest.junitxml import LogXML

class Beside(LogXML):
    'pytest writes as ever, from the same reports.'

def pytest_configure(config):
    options = [config.getini(f"junit_{name}") for name in
               ("suite_name", "logging", "duration_report", "family", "log_passing_tests")]
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Beside("beside.xml", config.option.junitprefix, *options))

@pytest.fixture(scope="session", autouse=True)
def _of_the_suite(request, record_testsuite_property):
    record_testsuite_property("of-all", "<7>")
    for plugin in request.config.pluginmanager.get_plugins():
        if type(plugin) is Beside:
            plugin.add_global_property("of-all", "<7>")
"""

TESTS = r"""
import sys, logging, pytest

@pytest.fixture
def broken_before():
    print("begins")
    assert False, "before \x1b[1m"

@pytest.fixture
def broken_after():
    yield
    print("ends")
    assert False, "after"

def test_passed(record_property):
    record_property("own", "ü < 7")
    print("said", file=sys.stderr)
    logging.getLogger("it").warning("logged")

def test_failed(): print("\ud800 half"); assert 1 == 2, "a\nb"
def test_broken_before(broken_before): pass
def test_broken_after(broken_after): pass
def test_failed_and_broken(broken_after): assert False
def test_skipped(): pytest.skip("no <reason>")
@pytest.mark.xfail(reason="known")
def test_known(): assert False
@pytest.mark.xfail
def test_passes_though(): pass
@pytest.mark.xfail(strict=True)
def test_must_not_pass(): pass
@pytest.mark.parametrize("value", ["a b", "c::d", "\x07"])
def test_value(value): print(value)
def test_parts(subtests):
    for number in range(3):
        with subtests.test(number=number):
            assert number != 1
TRIES = []
@pytest.mark.flaky(reruns=2)
def test_tried_again(): TRIES.append(1); assert len(TRIES) > 1
"""

FEATURE = """
    @REQ-7
    Feature: Für alle
      Scenario Outline: Row <n>
        Given an access token
        Then the response status is 200
        Examples:
          | n |
          | 1 |
          | 2 |
      Scenario: passes
        Given an access token
      Scenario: an \x1b[31m undefined one
        Given nothing of the kind
"""


def told(path: Path) -> tuple[dict[str, str], list[object]]:
    """Return what a document says, without times: the suite's attributes, and all that stands in it."""
    (suite,) = etree.parse(path).getroot()
    attributes = {name: value for name, value in suite.attrib.items() if name not in ("time", "timestamp")}

    def content(element: etree._Element) -> object:
        held = {
            name: value
            for name, value in element.attrib.items()
            if name != "time" and not (".feature" in element.get("file", "") and name in ("file", "line"))
        }
        return element.tag, held, element.text, list(map(content, element))

    return attributes, list(map(content, suite))


@pytest.mark.parametrize(
    "options",
    [
        ("-o", "junit_logging=all", "-o", "junit_family=xunit1", "--junitprefix=of.us"),
        ("-o", "junit_log_passing_tests=false", "-o", "junit_suite_name=ours", "-n", "1", "--maxfail=99"),
    ],
)
def test_the_document_is_that_of_pytest(project: InnerProject, options: tuple[str, ...]) -> None:
    """Of all that may become of a test, in all that may be written of it; under xdist, too."""
    project.write("beside.py", BESIDE)
    project.write("test_it.py", TESTS)
    project.write("test_none.py", "import pytest\npytest.skip('not here', allow_module_level=True)\n")
    project.write("features/a.feature", FEATURE)
    run = project.run(
        "--tenant=local", "-p", "beside", "-W", "ignore", *options, PYTHONPATH=str(project.root)
    )
    assert run.code == 1, run.text
    ours, theirs = project.root / "reports/local/dev/junit.xml", project.root / "beside.xml"
    assert told(ours) == told(theirs)
    cases = list(etree.parse(ours).getroot().iter("testcase"))
    places = {case.get("name"): (case.get("file"), case.get("line")) for case in cases}
    assert places["Row <n>[2]"] == ("features/a.feature", "9")
    assert places["passes"] == ("features/a.feature", "10")
    assert len(cases) == len(set(map(id, cases))) >= 18


def test_what_was_not_finished_stands_there_too(project: InnerProject) -> None:
    """A test that Ctrl-C ended, and one after which pytest itself broke."""
    project.write("test_it.py", "def test_a(): pass\ndef test_b(): raise KeyboardInterrupt\n")
    project.write("results.xml", "of an earlier run")
    run = project.run("--tenant=local", "--junitxml=results.xml")
    assert run.code == pytest.ExitCode.INTERRUPTED
    (suite,) = etree.parse(project.root / "results.xml").getroot()
    assert [case.get("name") for case in suite][:1] == ["test_a"]


@pytest.mark.skipif(os.name != "posix", reason="links are other there")
def test_what_is_no_file_is_written_to_as_it_is(project: InnerProject) -> None:
    """A device, and a link, as /dev/stdout is one: neither is replaced by a file."""
    project.write("test_it.py", "def test_a(): pass\n")
    project.write("results.xml", "of an earlier run")
    (project.root / "link.xml").symlink_to("results.xml")
    run = project.run("--tenant=local", "-q", "--junitxml=link.xml")
    assert run.code == 0, run.text
    assert (project.root / "link.xml").is_symlink()
    assert '<testcase classname="test_it" name="test_a"' in (project.root / "results.xml").read_text()
    run = project.run("--tenant=local", "-q", "--junitxml=/dev/stdout")
    assert '<testcase classname="test_it" name="test_a"' in run.out
