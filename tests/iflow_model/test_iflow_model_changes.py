"""What changed between two exports is said in words of the flow."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from pytest_iflow.iflow_model.changes import BundleChanges, compare
from pytest_iflow.iflow_model.package import Package, read_package
from pytest_iflow.iflow_model.value_changes import change_words, line_counts, property_changes
from tests import exported_bundles as made
from tests.exported_orders import COLLECTION, FILES, FLOW, as_zip

_SCRIPT = "src/main/resources/script/look.groovy"


def package(folder: Path, **files: bytes | None) -> Package:
    """The package of orders with other files; None leaves one out."""
    held = {name: data for name, data in {**FILES, **files}.items() if data is not None}
    return read_package(made.write(folder / "new.zip", made.zipped(held)))


def changed(folder: Path, **files: bytes | None) -> list[str]:
    """What changed from the flow of orders to the one with other files, in words."""
    (found,) = compare(read_package(as_zip(folder)), package(folder, **files))
    return [change.words for change in found.changes]


_EDITS: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    "nothing": ([], []),
    "a step renamed": (
        [('"Look up"', '"Find"')],
        ['Groovy script "Look up" is called "Find" now'],
    ),
    "a condition": (
        [("@kind = 'x'", "@kind = 'y'")],
        ["""branch to "Look up" of router "Which?": its condition is now "/order/@kind = 'y'" instead of """
         """"/order/@kind = 'x'\""""],
    ),
    "another default": (
        [('default="Route_3"', 'default="Route_2"')],
        ['branch to "Shared" of router "Which?" is no default now',
         'branch to "Look up" of router "Which?" is the default now'],
    ),
    "a header": (
        [("&lt;cell id='Name'&gt;k&lt;", "&lt;cell id='Name'&gt;other&lt;")],
        ['content modifier "Set headers": header "k" removed',
         'content modifier "Set headers": header "other" added: "{{a & b}}"'],
    ),
    "a value of a header": (
        [("{{a &amp;amp; b}}", "3")],
        ['content modifier "Set headers": header "k": Value is now "3" instead of "{{a & b}}"'],
    ),
    "a property": (
        [("<value>all.groovy<", "<value>most.groovy<")],
        ['Groovy script "Shared": script is now "most.groovy" instead of "all.groovy"'],
    ),
    "an address": (
        [("<value>/orders<", "<value>/orders2<")],
        ['HTTPS sender adapter of "Shop": its address is now "/orders2" instead of "/orders"'],
    ),
    "a version": (
        [("ExclusiveGateway/version::1.1.2", "ExclusiveGateway/version::1.2.0")],
        ['router "Which?": its version is now "1.2.0" instead of "1.1.2"'],
    ),
    "a loop": (
        [("more} = 'true'", "more} = 'yes'")],
        ['looping process call "Again": its loop is now '
         '"while ${property.more} = \'yes\', at most {{most}} times" instead of '
         '"while ${property.more} = \'true\', at most {{most}} times"'],
    ),
    "a setting": (
        [("<value>X-*|Y<", "<value>*<")],
        ['of the flow: allowed headers is now "*" instead of "X-*|Y"'],
    ),
    "a system and a process renamed": (
        [('name="Mail box"', 'name="Inbox"'), ('name="Exception"', 'name="Trouble"')],
        ['process "Exception" is called "Trouble" now', 'receiver "Mail box" is called "Inbox" now'],
    ),
    "a step put between": (
        [('sourceRef="Set_1" targetRef="Router_1"', 'sourceRef="Set_1" targetRef="New_1"'),
         ("</bpmn2:exclusiveGateway>", "</bpmn2:exclusiveGateway>" + made.step("New_1", "Log", "Persist")
          + made.route("Route_7", "New_1", "Router_1"))],
        ['persist "Log" added after "Set headers" in "Orders"'],
    ),
    "a branch more": (
        [("</bpmn2:exclusiveGateway>", "</bpmn2:exclusiveGateway>" + made.event("End_3", "Odd", "endEvent")
          + made.route("Route_7", "Router_1", "End_3", "${header.odd} = 1"))],
        ['end "Odd" added after "Which?" in "Orders"',
         'branch (if ${header.odd} = 1) of router "Which?" added'],
    ),
    "another way": (
        [('sourceRef="Start_1" targetRef="Set_1"', 'sourceRef="Start_1" targetRef="Router_1"')],
        ['message start "Start": what follows is now "Which?" instead of "Set headers"'],
    ),
    "other ids, the same flow": (
        [("Script_2", "CallActivity_77"), ("Route_3", "SequenceFlow_78"), ("Start_9", "StartEvent_4"),
         ("MessageFlow_2", "MessageFlow_79"), ("Sub_1", "SubProcess_80"),
         ("Participant_1", "Participant_81")],
        [],
    ),
    "an adapter of another kind": (
        [("<value>SFTP<", "<value>FTP<")],
        ['FTP receiver adapter of "Mail box": its kind is now "FTP" instead of "SFTP"'],
    ),
    "a process, a receiver and an adapter more": (
        [("</bpmn2:collaboration>", made.participant("P9", "Archive", "EndpointRecevier")
          + made.adapter("M9", "HTTP", "Receiver", "Call_1", "P9", httpAddressWithoutQuery="https://a.example")
          + "</bpmn2:collaboration>" + made.process("Process_9", "New", [], "LocalIntegrationProcess"))],
        ['process "New" added', 'receiver "Archive" added',
         'HTTP receiver adapter of "Archive" added: https://a.example'],
    ),
    "another process": (
        [("Process_2", "Process_3"), ("LocalIntegrationProcess", "IntegrationProcess")],
        ['process "Again" added', 'process "Again" removed',
         'looping process call "Again": called process is now "Process_3" instead of "Process_2"'],
    ),
    "what a process and an adapter say": (
        [("<value>{{url}}/x<", "<value>{{url}}/x</value></ifl:property>"
          "<ifl:property><key>httpMethod</key><value>PUT<"),
         ("LocalIntegrationProcess/version::1.1.3</value></ifl:property>",
          "LocalIntegrationProcess/version::1.1.3</value></ifl:property><ifl:property><key>transactionTimeout</key>"
          "<value>30</value></ifl:property>")],
        ['process "Again": transaction timeout is now "30", and was empty',
         'HTTP receiver adapter of "Mail box": httpMethod is now "PUT", and was empty'],
    ),
    "a step of another kind": (
        [("cname::GroovyScript/version::1.0.0</value></ifl:property></bpmn2:extensionElements></bpmn2:callActivity>"
          '<bpmn2:callActivity id="Script_2"', "cname::JavaScript/version::1.0.0</value></ifl:property>"
          '</bpmn2:extensionElements></bpmn2:callActivity><bpmn2:callActivity id="Script_2"')],
        ['Groovy script "Look up" is a JavaScript now'],
    ),
    "a branch named, in another language": (
        [('id="Route_2" name=""', 'id="Route_2" name="x"'), ("<value>XML<", "<value>NonXML<")],
        ['branch "x" of router "Which?": the language of its condition is now "simple" instead of "xpath"',
         'branch "" of router "Which?" is called "x" now'],
    ),
    "another place in the diagram": ([('x="420.0"', 'x="425.0"')], []),
}  # fmt: skip


def edited(name: str) -> bytes:
    """The flow of orders with an edit."""
    text = FLOW.decode()
    for old, new in _EDITS[name][0]:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


@pytest.mark.parametrize("name", _EDITS)
def test_an_edit_of_the_flow_is_said(tmp_path: Path, name: str) -> None:
    """Each once, and nothing else."""
    assert changed(tmp_path, **{made.IFLW: edited(name)}) == _EDITS[name][1]


@pytest.mark.parametrize(
    "name", ["a step put between", "a branch more", "a process, a receiver and an adapter more"]
)
def test_what_was_added_is_removed_on_the_way_back(tmp_path: Path, name: str) -> None:
    """The other way round."""
    (found,) = compare(package(tmp_path, **{made.IFLW: edited(name)}), read_package(as_zip(tmp_path)))
    assert [change.words for change in found.changes] == [
        re.sub(r' added( after "[^"]*")?(: .*)?', " removed", words) for words in _EDITS[name][1]
    ]


def test_parameters_are_told_apart_from_their_uses(tmp_path: Path) -> None:
    """A new name in the same place is no other property; values, those that came and went."""
    other = made.parameter_files({"base url": "https\\://shop.example", "a & b": "2", "more": "1"})
    flow = FLOW.replace(b"{{url}}", b"{{base url}}").replace(b"{{most}}", b"5")
    assert changed(tmp_path, **other, **{made.IFLW: flow}) == [
        'parameter "url" is called "base url" now',
        'parameter "a & b": its value is now "2" instead of "1 < 2"',
        'parameter "most" removed',
        'parameter "more" added: "1"',
        'looping process call "Again": its loop is now "while ${property.more} = \'true\', at most 5 times" '
        "instead of \"while ${property.more} = 'true', at most {{most}} times\"",
    ]


def test_scripts_and_files_are_told_by_their_lines(tmp_path: Path) -> None:
    """Changed, renamed, added, removed; when an export was made is no change."""
    assert changed(tmp_path, **{_SCRIPT: b"def x = 2\nreturn x"}) == [
        'script "look.groovy" changed: 2 lines added, 1 removed (used by Look up)'
    ]
    assert changed(tmp_path, **{_SCRIPT: b"def x = 1\r\n"}) == [
        'script "look.groovy" changed: only the ends of lines changed (used by Look up)'
    ]
    assert changed(tmp_path, **{_SCRIPT: None, "src/main/resources/script/a.groovy": b"def x = 1"}) == [
        'script "look.groovy" is called script "a.groovy" now'
    ]
    assert changed(tmp_path, **{_SCRIPT: b"a\0b", "src/main/resources/xsd/a.xsd": b"<x/>"}) == [
        'file "xsd/a.xsd" added',
        'script "look.groovy" changed: 3 bytes instead of 9 (used by Look up)',
    ]
    again = FILES["src/main/resources/parameters.prop"].replace(b"#a date", b"#another date")
    assert changed(tmp_path, **{"src/main/resources/parameters.prop": again, "metainfo.prop": b"x"}) == []


def test_bundles_of_packages_are_compared_by_id(tmp_path: Path) -> None:
    """Those that came, went, changed and stayed."""
    flow, scripts = made.zipped(FILES), made.zipped(COLLECTION)
    later = {**FILES, "META-INF/MANIFEST.MF": made.manifest("Other", "Orders")}
    old = made.exported_package(
        "Shop", {"1": ("IFlow", "Orders", flow), "2": ("ScriptCollection", "Common", scripts)}
    )
    new = made.exported_package("Shop", {"2": ("ScriptCollection", "Common", scripts),
                                         "3": ("IFlow", "Orders", made.zipped(later))})  # fmt: skip
    found = compare(
        read_package(made.write(tmp_path / "o.zip", old)), read_package(made.write(tmp_path / "n.zip", new))
    )
    first = read_package(as_zip(tmp_path)).bundles[0]
    assert found == [
        BundleChanges("Common", "Common", "script collection", "same"),
        BundleChanges("Other", "Orders", "integration flow", "added"),
        BundleChanges(first.id, first.name, "integration flow", "removed"),
    ]


def test_long_values_are_shown_around_what_changed() -> None:
    """A reader finds it."""
    assert (
        change_words("a" * 300 + "1", "a" * 300 + "2") == f'is now "…{"a" * 30}2" instead of "…{"a" * 30}1"'
    )
    assert change_words("", "x") == 'is now "x", and was empty'
    assert change_words("x", "") == 'is empty now, and was "x"'
    assert change_words("a\nb", "a\nc\nd") == "changed: 2 lines added, 1 removed"
    timer = "<row><cell>hour</cell><cell>{}</cell></row>"
    found = property_changes({"scheduleKey": timer.format(1)}, {"scheduleKey": timer.format(2)})
    assert [one.words for one in found] == ['schedule: row 1: hour is now "2" instead of "1"']


def test_lines_of_large_files_are_counted_in_time() -> None:
    """Equal lines anywhere count as kept where there are too many to compare in order."""
    old, new = [str(number) for number in range(100_000)], [str(number) for number in range(100_001, 1, -1)]
    began = time.process_time()
    assert line_counts("\n".join(old), "\n".join(new)) == (2, 2)
    assert time.process_time() - began < 5
