"""One test for each private part of a library that is touched: which one broke, when an update breaks any.

The versions that are allowed stand in pyproject.toml.
"""

from __future__ import annotations

import _ssl
import importlib
import inspect
import re
import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPMessage, HTTPResponse
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import pytest_bdd
from _pytest import helpconfig, junitxml, runner, skipping
from _pytest import logging as logging_plugin
from _pytest._code.code import ReprEntry, ReprExceptionInfo, ReprTraceback, TerminalRepr
from _pytest._io import saferepr
from _pytest._io.pprint import PrettyPrinter
from _pytest._io.terminalwriter import TerminalWriter
from _pytest.junitxml import LogXML
from allure_commons.logger import AllureFileLogger
from allure_commons.mapping import parse_tag
from allure_commons.model2 import Label, Link
from allure_pytest.listener import AllureListener
from allure_pytest.utils import ALLURE_LABEL_MARK, ALLURE_LINK_MARK
from jsonschema import Draft202012Validator
from pytest_bdd.compat import get_fixture_names, getfixturedefs
from pytest_bdd.gherkin_parser import DocString
from pytest_bdd.parser import FeatureParser
from pytest_bdd.scenario import iterparentnodeids, scenario_wrapper_template_registry
from pytest_bdd.steps import StepNamePrefix, step_function_context_registry
from requests.auth import _basic_auth_str
from requests.structures import CaseInsensitiveDict
from xdist.remote import WorkerInteractor
from xdist.workermanage import WorkerController

from pytest_iflow.gherkin.compiled import HOOKS
from pytest_iflow.plugin.run_end import _OLD_WRAPPER
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

REWRITTEN = """
import sys, _pytest.assertion.rewrite as rewrite

def pytest_addoption(pluginmanager):  # as pytest does it with the files of an installed distribution
    assert isinstance(pluginmanager.rewrite_hook, rewrite.AssertionRewritingHook)
    pluginmanager.rewrite_hook.mark_rewrite("pytest_iflow")

def pytest_unconfigure(config):
    loaders = {name: type(module.__spec__.loader) for name, module in sys.modules.items()
               if name[:7] == "pytest_" or name == "steps.own"}
    rewritten = {name for name, loader in loaders.items() if loader is rewrite.AssertionRewritingHook}
    assert {"pytest_bdd.steps", "steps.own"} <= rewritten
    assert isinstance(sys.meta_path[0], rewrite.AssertionRewritingHook)  # it was put aside for a while
    assert "pytest_iflow.run" in loaders
    ours = {name for name in rewritten if name.startswith("pytest_iflow")}
    assert ours <= {"pytest_iflow", "pytest_iflow.plugin", "pytest_iflow.plugin.entry"}, ours
    print("as they are")
"""

FEATURE = "Feature: F\n  Scenario: a\n    Given b\n"


def parameters(function: Any) -> list[str]:
    """Return the names of the parameters of a function."""
    return list(inspect.signature(function).parameters)


def test_pytest_keeps_the_names_of_modules_whose_asserts_it_rewrites(project: InnerProject) -> None:
    """They are in the set ``_must_rewrite``; ``mark_rewrite`` without a name forgets what was decided.

    Those of a suite are rewritten as ever.
    """
    project.write("looks.py", REWRITTEN)
    project.write("steps/own.py", "")
    run = project.run("-p", "looks", "--tenant=local", "--co", PYTHONPATH=str(project.root))
    assert run.code == pytest.ExitCode.NO_TESTS_COLLECTED, run.text
    assert "as they are" in run.out


def test_pytest_shows_entries_of_lines_as_they_are() -> None:
    """A failure is rebuilt of ``ReprEntry`` in style "value" and, for what begins with E, "long"."""
    entries = [
        ReprEntry(["  Scenario: a", ">   Given b"], None, None, None, "value"),
        ReprEntry(["E   it failed"], None, None, None, "long"),
    ]
    traceback = ReprTraceback(entries, extraline=None, style="long")
    out = StringIO()
    ReprExceptionInfo(reprtraceback=traceback, reprcrash=None).toterminal(TerminalWriter(out))
    lines = [line for line in out.getvalue().splitlines() if line]
    assert lines == ["  Scenario: a", ">   Given b", "E   it failed"]


def test_pytest_asks_the_information_on_an_exception_how_it_is_shown(request: pytest.FixtureRequest) -> None:
    """Whoever answers there spares it the traceback; ``_getreprcrash`` says where it was raised."""
    with pytest.raises(ZeroDivisionError) as caught:
        assert 1 / 0
    shown = ReprExceptionInfo(ReprTraceback([], extraline=None, style="long"), caught._getreprcrash())
    caught.getrepr = lambda **_: shown  # type: ignore[method-assign]
    assert request.node.repr_failure(caught) is shown
    assert request.node._repr_failure_py(caught, style="auto") is shown
    assert shown.reprcrash is not None
    assert Path(shown.reprcrash.path) == Path(__file__)


def test_pytest_shows_errors_by_objects_that_can_be_changed() -> None:
    """All are ``TerminalRepr`` with plain attributes: masking goes through them."""
    with pytest.raises(ZeroDivisionError) as caught:
        assert 1 / 0
    shown: Any = caught.getrepr(showlocals=True)
    entry = shown.reprtraceback.reprentries[0]
    parts = (shown, shown.reprtraceback, shown.reprcrash, entry, entry.reprlocals, entry.reprfileloc)
    assert all(isinstance(part, TerminalRepr) and vars(part) for part in parts)


def test_pytests_reporter_prints_through_one_method(pytestconfig: pytest.Config) -> None:
    """All lines go through ``write`` of its terminal writer, and ``write_raw`` goes past it."""
    reporter = pytest.TerminalReporter(pytestconfig, StringIO())
    writer: Any = reporter._tw
    written: list[str] = []
    writer.write = lambda text, **_: written.append(text)
    reporter.write("a")
    reporter.write_line("b")
    reporter.write_sep("-", "c")
    reporter.rewrite("d")
    writer._write_source(["e"])
    reporter.write_raw("f")
    assert [text.strip("- ") for text in written] == ["a", "b", "\n", "c", "\n", "\rd", "e", "\n"]


def test_pytest_traces_into_a_file_that_the_tracer_knows(pytestconfig: pytest.Config) -> None:
    """``--debug`` sets the ``write`` of a file as the writer; the cache says where it is."""
    root = pytestconfig.trace.root
    assert root._writer is None
    source = inspect.getsource(helpconfig)
    assert "config.trace.root.setwriter(debugfile.write)" in source
    assert isinstance(pytestconfig.cache, pytest.Cache)
    assert pytestconfig.cache._cachedir.is_absolute()
    assert pytestconfig.cache._CACHE_PREFIX_VALUES == "v"


def test_xdist_hears_its_workers_through_one_method() -> None:
    """It is looked up on the object after ``pytest_configure_node``; a worker sends over ``channel``."""
    setup = inspect.getsource(WorkerController.setup)
    assert setup.index("pytest_configure_node") < setup.index("self.process_from_remote")
    assert parameters(WorkerController.process_from_remote) == ["self", "eventcall"]
    assert {"sendevent"} <= vars(WorkerInteractor).keys()
    assert "self.channel = channel" in inspect.getsource(WorkerInteractor.__init__)


def test_pytests_reporter_can_be_subclassed() -> None:
    """It calls these of itself, with these arguments, and keeps its reports in ``stats``."""
    reporter: Any = pytest.TerminalReporter
    assert parameters(reporter.__init__) == ["self", "config", "file"]
    assert parameters(reporter.pytest_runtest_logstart) == ["self", "nodeid", "location"]
    assert parameters(reporter.pytest_runtest_logreport) == ["self", "report"]
    assert parameters(reporter.pytest_warning_recorded) == ["self", "warning_message", "nodeid"]
    assert {"write", "write_line", "ensure_newline", "verbosity"} <= set(dir(reporter))
    assert isinstance(reporter._width_of_current_line, property)
    assert "_width_of_current_line" in inspect.getsource(reporter._write_progress_information_if_past_edge)
    writer = TerminalWriter(StringIO())
    writer.write("a\nü")
    assert writer._current_line == "ü"


def test_pytests_junit_writer_can_be_subclassed() -> None:
    """It finalizes each test case by a method of its own, and takes all of them from one list at the end."""
    writer = LogXML("junit.xml", None)
    assert {"logfile", "node_reporters_ordered"} <= vars(writer).keys()
    assert parameters(writer.finalize) == ["report"]
    assert parameters(writer.node_reporter) == ["report"]
    assert parameters(writer._opentestcase) == ["report"]
    opened = inspect.getsource(LogXML._opentestcase)
    assert re.findall(r"\w+(?=\(report\))", opened) == ["node_reporter", "record_testreport"]
    assert "reporter.finalize()" in inspect.getsource(LogXML.finalize)
    assert "config.stash[xml_key] = LogXML(" in inspect.getsource(junitxml.pytest_configure)
    assert "suite_node.append(node_reporter.to_xml())" in inspect.getsource(LogXML.pytest_sessionfinish)


def test_pytest_keeps_the_definitions_of_a_fixture_by_node(request: pytest.FixtureRequest) -> None:
    """The index of steps reads them from ``_arg2node2fixturedefs``."""
    fixtures: Any = request._fixturemanager
    definitions = fixtures._arg2node2fixturedefs["tmp_path"]
    ((definition,),) = definitions.values()
    assert definition.argname == "tmp_path"
    assert "tmp_path" in get_fixture_names(fixtures)
    assert list(getfixturedefs(fixtures, "tmp_path", request.node) or ()) == [definition]


def test_pytest_keeps_the_fixtures_that_a_test_used(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Allure's containers are linked by ``_request._fixture_defs``."""
    del tmp_path
    node: Any = request.node
    assert "tmp_path" in node._request._fixture_defs


def test_pytest_shortens_values_in_two_places() -> None:
    """Both are replaced to mask before the cut."""
    assert parameters(saferepr._ellipsize) == ["s", "maxsize"]
    assert parameters(saferepr.SafeRepr.repr_str) == ["self", "x", "level"]
    assert saferepr._ellipsize("x" * 20, 9) == "xxx...xxx"


def test_pytest_breaks_the_lines_of_values_in_two_functions() -> None:
    """Both are replaced, in the class and in its table of types."""
    assert PrettyPrinter._dispatch[str.__repr__] is PrettyPrinter._pprint_str
    assert PrettyPrinter._dispatch[bytes.__repr__] is PrettyPrinter._pprint_bytes
    assert parameters(PrettyPrinter._pprint_str)[:2] == ["self", "object"]
    assert PrettyPrinter().pformat({"a": 40 * "x "}).count("\n") > 1


def test_pytest_makes_the_id_of_an_item_of_its_name(request: pytest.FixtureRequest) -> None:
    """The collector names rows as people read them, after pytest has escaped their ids."""
    item = request.node
    assert item._id == item.parent.id.child(item.name)
    assert str(item._id) == item.nodeid


@pytest.mark.parametrize("text", ["a-b"])
@pytest.mark.parametrize("number", [1])
def test_pytest_keeps_the_ids_of_parameters_apart(
    request: pytest.FixtureRequest, text: str, number: int
) -> None:
    """In the order of the parameters, so that one of them can be named anew."""
    callspec = request.node.callspec
    assert (text, number) == ("a-b", 1)
    assert dict(zip(callspec.params, callspec._idlist, strict=True)) == {"text": "a-b", "number": "1"}


def test_pytest_caches_the_location_of_an_item(request: pytest.FixtureRequest) -> None:
    """A scenario's location is put there: the feature file instead of the Python function."""
    cached = inspect.getattr_static(pytest.Item, "location")
    assert type(cached).__name__ == "cached_property"
    assert request.node.location == request.node.__dict__["location"]


def test_pytest_bdd_looks_a_step_up_by_one_function() -> None:
    """``get_step_function`` of the module, whose name is also that of a function."""
    module = importlib.import_module("pytest_bdd.scenario")
    assert parameters(module.get_step_function) == ["request", "step"]
    assert "get_step_function(request=request, step=step)" in inspect.getsource(module._execute_scenario)
    assert list(iterparentnodeids("a/b.py::c")) == ["", "a", "a/b.py", "a/b.py::c"]
    assert StepNamePrefix.step_def.value == "pytestbdd_stepdef"


def test_pytest_bdd_runs_a_step_by_parts_that_a_compiled_one_uses_too() -> None:
    """Arguments are read, fixtures replaced and generators called by the same functions."""
    module = importlib.import_module("pytest_bdd.scenario")
    assert parameters(module.parse_step_arguments) == ["step", "context"]
    assert parameters(module.inject_fixture) == ["request", "arg", "value"]
    assert parameters(module.call_fixture_func) == ["fixturefunc", "request", "kwargs"]
    source = inspect.getsource(module)
    assert "except (Exception, Failed)" in source
    assert [name for name in HOOKS if f"hook.{name}(" not in source] == []


def test_pytest_bdd_registers_step_functions_and_scenarios() -> None:
    """By function: what a step expects, and which scenario a test runs."""

    @pytest_bdd.given("a step of the private internals")
    def a_step() -> None:
        """Do nothing."""

    contexts = step_function_context_registry.values()
    context = next(one for one in contexts if one.step_func.__name__ == "a_step")
    assert (context.type, context.parser.name) == ("given", "a step of the private internals")
    assert scenario_wrapper_template_registry.get(a_step) is None


def test_pytest_bdd_reads_a_feature_that_is_already_there(tmp_path: Path) -> None:
    """``features`` is asked by path before a file is read."""
    feature: Any = importlib.import_module("pytest_bdd.feature")
    path = tmp_path / "x.feature"
    mark = object()
    feature.features[str(path)] = mark
    try:
        assert feature.get_feature(str(tmp_path), "x.feature") is mark
    finally:
        del feature.features[str(path)]


def test_pytest_bdd_parses_what_one_method_returns(tmp_path: Path) -> None:
    """``_parse_feature_file`` gives the document; it is overridden by one that has it already."""
    path = tmp_path / "x.feature"
    path.write_text(FEATURE, encoding="utf-8")
    parser = FeatureParser(str(tmp_path), "x.feature")
    document = parser._parse_feature_file()
    assert document.feature.name == "F"
    assert list(parser.parse().scenarios) == ["a"]


def test_pytest_bdd_makes_scenarios_of_what_a_parser_reads(tmp_path: Path) -> None:
    """Overridden: steps by any first keyword, scenarios that fill in rows by themselves, and their keys."""
    text = "Feature: F\nBackground:\nGiven b\nScenario: a\nGiven <c>\nExamples:\n| c |\n| d |\n"
    (tmp_path / "x.feature").write_text(text, encoding="utf-8")
    parser = FeatureParser(str(tmp_path), "x.feature")
    assert parameters(parser.parse_steps) == ["steps_data"]
    assert parameters(parser.parse_scenario) == ["scenario_data", "feature", "rule"]
    feature = parser.parse()
    template = feature.scenarios["a"]
    assert [step.name for step in template.steps] == ["b", "<c>"]
    assert len(template.all_background_steps) == 1
    assert [table.example_params for table in template.examples] == [["c"]]
    assert [step.name for step in template.render({"c": "d"}).steps] == ["b", "d"]
    wrapper = pytest_bdd.scenario("x.feature", "a", features_base_dir=str(tmp_path))
    assert "templated_scenario.render" in inspect.getsource(inspect.unwrap(wrapper(lambda: None)))


def test_pytest_bdd_takes_indentation_from_doc_strings() -> None:
    """More than Gherkin does, so the content is put back; the day that it does not, that can go."""
    raw: dict[str, Any] = {"content": "  a", "delimiter": '"""', "location": {"line": 1, "column": 1}}
    read = DocString.from_dict(raw)
    assert read.content == "a"
    read.content = raw["content"]
    assert read.content == "  a"


def test_allure_reads_the_tags_of_its_adaptors() -> None:
    """``parse_tag`` returns a label or a link."""
    assert parse_tag("allure.label.owner:Ada") == Label(name="owner", value="Ada")
    assert parse_tag("allure.epic=Orders") == Label(name="epic", value="Orders")
    assert parse_tag("allure.link.wiki:https://x") == Link(type="link", url="https://x", name="wiki")


def test_allures_listener_keeps_results_by_node_id() -> None:
    """``_cache`` gives their ids, ``allure_logger`` the results; three hooks are called from overrides."""
    listener = AllureListener.__new__(AllureListener)
    assert parameters(AllureListener.__init__) == ["self", "config"]
    source = inspect.getsource(AllureListener)
    assert "self._cache.get(item.nodeid)" in source
    assert "self._update_fixtures_children(item)" in source
    for hook in ("runtest_setup", "runtest_teardown", "runtest_makereport", "fixture_setup"):
        assert inspect.isgeneratorfunction(getattr(listener, f"pytest_{hook}"))
    assert (ALLURE_LABEL_MARK, ALLURE_LINK_MARK) == ("allure_label", "allure_link")


def test_allures_file_logger_writes_through_one_method(tmp_path: Path) -> None:
    """``_report_item`` and ``_report_dir`` are what masking builds on."""
    assert parameters(AllureFileLogger._report_item) == ["self", "item"]
    assert str(AllureFileLogger(str(tmp_path))._report_dir) == str(tmp_path)
    assert "self._report_item(result)" in inspect.getsource(AllureFileLogger.report_result)


def test_an_answer_of_http_client_reads_from_what_makefile_gives() -> None:
    """So a stream with bounds of its own can stand in for the socket."""
    assert inspect.getsource(HTTPResponse.__init__).count("sock.") == 1
    assert "self.fp = sock.makefile" in inspect.getsource(HTTPResponse.__init__)


def test_http_client_sends_the_head_of_a_request_by_send() -> None:
    """So head and body can go in one piece."""
    sent: list[object] = []

    class Watching(HTTPConnection):
        def send(self, data: object) -> None:
            sent.append(data)

    connection = Watching("tenant.invalid")
    connection.putrequest("POST", "/x", skip_accept_encoding=True)
    connection.endheaders()
    assert sent == [b"POST /x HTTP/1.1\r\nHost: tenant.invalid\r\n\r\n"]


def test_requests_encodes_basic_credentials_of_any_character() -> None:
    """``_basic_auth_str`` takes bytes as they are."""
    assert _basic_auth_str("ä!|$=+".encode(), b"x") == "Basic w6QhfCQ9Kzp4"


def test_the_chain_of_a_connection_is_known_before_python_says_it() -> None:
    """``SSLSocket.get_verified_chain`` is public from Python 3.13 on, and in ``_sslobj`` before."""
    assert any(hasattr(kind, "get_verified_chain") for kind in (ssl.SSLSocket, vars(_ssl)["_SSLSocket"]))


def test_validators_of_jsonschema_step_into_parts_as_ours_do() -> None:
    """Parts are entered by ``evolve``, which hands on registry, resolver and checker of formats."""
    schema = {"items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"type": "string"}}}
    validator: Any = Draft202012Validator(schema)
    assert parameters(Draft202012Validator.evolve) == ["self", "changes"]
    assert {"schema", "registry", "_resolver", "format_checker"} <= set(parameters(Draft202012Validator))
    assert validator._registry is not None
    function, keyword, rule = validator._validators[0]
    assert (function, keyword, rule) == (validator.VALIDATORS["items"], "items", schema["items"])
    assert validator._resolver.lookup("#/$defs/a").contents == {"type": "string"}


def test_pluggy_runs_what_stands_behind_the_yield_of_an_old_wrapper_in_a_function_of_its_own() -> None:
    """A signal that comes there waits, for pluggy warns of an exception in it."""
    seen: list[str] = []

    class Old:
        @pytest.hookimpl(hookwrapper=True)
        def pytest_unconfigure(self) -> Iterator[None]:
            yield
            seen.extend(frame.function for frame in inspect.stack())

    manager = pytest.PytestPluginManager()
    manager.register(Old())
    manager.hook.pytest_unconfigure(config=None)
    assert _OLD_WRAPPER in seen


def test_pytest_keeps_what_is_set_up_in_one_stack(request: pytest.FixtureRequest) -> None:
    """Its nodes are those of the running test, each with what ends it, ``teardown`` first, and its error."""
    item = request.node
    stack = item.session._setupstate.stack
    assert list(stack) == item.listchain()
    ends, error = stack[item]
    assert ends[0] == item.teardown
    assert error is None
    item.addfinalizer(end := lambda: None)
    assert ends[-1] is end
    assert parameters(item.session._setupstate.setup) == ["item"]
    assert parameters(item.session._setupstate.teardown_exact) == ["nextitem"]


def test_a_phase_of_pytest_has_three_steps(request: pytest.FixtureRequest) -> None:
    """``call_and_report`` calls, reports and lets others interact; sections are kept for all phases."""
    assert parameters(runner.call_and_report) == ["item", "when", "log", "kwds"]
    assert parameters(runner.check_interactive_exception) == ["call", "report"]
    assert pytest.exit.Exception in runner.get_reraise_exceptions(request.config)
    call = pytest.CallInfo.from_call(lambda: None, when="setup", reraise=())
    report = pytest.TestReport.from_item_and_call(request.node, call)
    assert (report.when, report.outcome, report.longrepr) == ("setup", "passed", None)
    request.node.add_report_section("setup", "stdout", "said")
    assert request.node._report_sections == [("setup", "stdout", "said")]


def test_pytest_keeps_log_records_by_phase(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    """On the item under one key; the handler of the running phase stands under another."""
    assert request.node.stash[logging_plugin.caplog_records_key]["setup"] == []
    assert request.node.stash[logging_plugin.caplog_handler_key] is caplog.handler


def test_a_fixture_of_pytest_keeps_its_value_until_it_ends(request: pytest.FixtureRequest) -> None:
    """Value, key of the parameter and error; what ends it runs the last that was added first."""
    project = request.getfixturevalue("tmp_path")
    definition = request._fixture_defs["tmp_path"]
    assert definition.cached_result == (project, None, None)
    assert definition.argnames == ("request", "tmp_path_factory")
    assert parameters(definition.finish) == ["request"]


def test_requests_keeps_headers_by_their_names_in_lower_case() -> None:
    """Each with its name as it was written and its value."""
    headers: Any = CaseInsensitiveDict({"Content-Type": "a/b"})
    assert headers._store == {"content-type": ("Content-Type", "a/b")}


def test_http_client_reads_the_status_and_tells_who_closes() -> None:
    """``_read_status`` reads one line; ``_check_close`` judges by version and headers."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"HTTP/1.1 200 Very well \r\nA: b\r\n\r\n")
        response: Any = HTTPResponse(ours, method="GET")
        assert response._method == "GET"
        assert response._read_status() == ("HTTP/1.1", 200, "Very well \r\n")
        assert response.fp.peek() == b"A: b\r\n\r\n"
        response.version, response.headers = 11, HTTPMessage()
        assert response._check_close() is False
        response.headers.set_raw("Connection", "close")
        assert response._check_close() is True
        response.close()


def test_pytest_watches_a_call_by_two_contexts(request: pytest.FixtureRequest) -> None:
    """Those of its plugins for logging and capturing; a mark that is evaluated stands in the stash."""
    plugins = request.config.pluginmanager
    logging: Any = plugins.get_plugin("logging-plugin")
    capture: Any = plugins.get_plugin("capturemanager")
    assert parameters(logging._runtest_for) == ["item", "when"]
    assert parameters(logging.log_cli_handler.set_when) == ["when"]
    assert parameters(capture.item_capture) == ["when", "item"]
    assert parameters(runner.pytest_runtest_call) == ["item"]
    assert skipping.evaluate_xfail_marks(request.node) is None
    assert request.node.stash[skipping.xfailed_key] is None


def test_a_regular_expression_is_read_into_its_parts() -> None:
    """Examples of patterns are made of them, by the words of the codes."""
    from re import _constants, _parser  # type: ignore[attr-defined]  # private, which is what is tested

    parts: Any = _parser.parse("a[b-c]{2,}(d|e)")
    assert [code for code, _ in parts] == [
        _constants.LITERAL,
        _constants.MAX_REPEAT,
        _constants.SUBPATTERN,
    ]
    low, high, held = parts[1][1]
    assert (low, high == _constants.MAXREPEAT) == (2, True)
    assert list(held) == [(_constants.IN, [(_constants.RANGE, (98, 99))])]
    assert [code for code, _ in parts[2][1][3]] == [_constants.IN]


def test_the_maps_of_a_schema_can_be_others() -> None:
    """A class of ours takes the place of that of xmlschema, which looks at every two elements of a model."""
    from xmlschema import XMLSchema10
    from xmlschema.validators import XsdGlobals

    schema = XMLSchema10('<schema xmlns="http://www.w3.org/2001/XMLSchema"/>', build=False)
    assert type(schema.maps) is XsdGlobals
    assert callable(XsdGlobals.check)
    assert "check(schemas)" in inspect.getsource(XsdGlobals.build)
