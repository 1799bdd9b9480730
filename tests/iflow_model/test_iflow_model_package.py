"""Exported bundles and packages are read, whatever state they are in."""

from __future__ import annotations

import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_iflow.iflow_model import files, iflw
from pytest_iflow.iflow_model.files import BundleError
from pytest_iflow.iflow_model.package import read_package
from tests import exported_bundles as made
from tests.exported_orders import FILES, FLOW, as_folder, as_package, as_zip


@pytest.mark.parametrize("make", [as_zip, as_folder, as_package])
def test_a_flow_is_the_same_from_a_zip_a_folder_and_a_package(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    """Ids, kinds, branches, adapters and all else that the engine builds on."""
    package = read_package(make(tmp_path))
    (bundle,) = package.flows()
    assert bundle.flow is not None
    flow = bundle.flow
    assert bundle.id == "Orders_of_a_shop_whose_name_is_longer_than_one_line_of_a_manifest_may_be"
    assert (bundle.version, bundle.kind, bundle.not_understood) == ("1.0.0", "integration flow", ())
    assert {process.id: (process.kind, process.parent) for process in flow.processes.values()} == {
        "Process_1": ("main", ""),
        "Sub_1": ("exception", "Process_1"),
        "Process_2": ("local", ""),
    }
    assert flow.properties["allowedHeaderList"] == "X-*|Y"
    main = flow.processes["Process_1"]
    assert [step.kind for step in main.steps.values()] == [
        "message start",
        "content modifier",
        "router",
        "Groovy script",
        "Groovy script",
        "request-reply",
        "looping process call",
        "message end",
    ]
    assert [
        (route.target, route.condition, route.language, route.is_default)
        for route in main.routes_from("Router_1")
    ] == [
        ("Script_1", "/order/@kind = 'x'", "xpath", False),
        ("Script_2", "", "", True),
    ]
    assert flow.exception_process("Process_1") == flow.processes["Sub_1"]
    stop = flow.processes["Sub_1"].steps["End_9"]
    assert (stop.kind, stop.properties) == ("escalation end", {"ErrorCode": "Internal"})
    assert [(one.kind, one.direction, one.step, one.address) for one in flow.adapters] == [
        ("HTTPS", "sender", "Start_1", "/orders"),
        ("HTTP", "receiver", "Call_1", "{{url}}/x"),
        ("SFTP", "receiver", "End_1", "h/in"),
    ]
    assert package.script(bundle, main.steps["Script_1"]) == b"def x = 1"
    shared = package.script(bundle, main.steps["Script_2"])
    assert shared == (b"def all() {}" if make is as_package else None)


def test_a_package_lists_what_it_cannot_read(tmp_path: Path) -> None:
    """One broken content does not hide the others, and documents are none of them."""
    package = read_package(as_package(tmp_path))
    assert package.name == "Shop"
    assert [(one.id[0], one.name, one.what[:23]) for one in package.not_understood] == [
        ("4", "Broken", "this is no zip that can"),
        ("5", "Empty", "this is no zip"),
    ]
    damaged = {"resources.cnt": b"?", "1_content": made.zipped(FILES)}
    found = read_package(made.write(tmp_path / "list.zip", made.zipped(damaged)))
    assert (found.name, len(found.bundles)) == ("list", 1)
    assert [one.what[:37] for one in found.not_understood] == ["the list of contents cannot be read: "]


def test_what_is_not_understood_is_listed_and_never_guessed(tmp_path: Path) -> None:
    """Unknown steps and adapters, routes to nowhere, languages of later versions, ids that are not unique."""
    flow = made.iflw(
        [made.participant("P", "", ""), made.adapter("M", "", "", "P", "gone")],
        [
            made.process("Process_1", "", [
                made.step("A", "New", "Teleporter"),
                made.step("B", "Old script", "Script", "Ruby"),
                made.step("C", "Call", "ProcessCallElement", "NonLoopingProcess", processId="Process_9"),
                made.event("A", "Twice"),
                "<bpmn2:intermediateThrowEvent id='D'/>",
                made.route("R", "A", "nowhere", "x", "JUEL"),
            ])
        ],
    )  # fmt: skip
    bundle = read_package(made.write(tmp_path / "Flow 1.zip", made.zipped({made.IFLW: flow}))).bundles[0]
    assert (bundle.id, bundle.name) == ("Flow 1", "Flow 1")
    assert sorted((one.id, one.what) for one in bundle.not_understood) == [
        ("A", "2 parts of the flow have the id A"),
        ("A", "a step of unknown kind: callActivity Teleporter Teleporter"),
        ("B", "a step of unknown kind: callActivity Script Ruby"),
        ("C", "calls a process that is not there: Process_9"),
        ("D", "a step of unknown kind: intermediateThrowEvent"),
        ("M", "an adapter of a step that is not there: gone"),
        ("M", "an adapter without a ComponentType"),
        ("META-INF/MANIFEST.MF", "there is no manifest; id and version are not known"),
        ("R", "a condition in an unknown language: JUEL"),
        ("R", "a route from or to nowhere: nowhere"),
    ]


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
BOMB = b'<!DOCTYPE x [<!ENTITY l0 "lol">' + LAUGHS + b']><x y="&l9;">&l9;</x>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
BROKEN_FLOWS = {
    "no XML": (b"\x00\x01", "no well-formed XML"),
    "empty": (b"", "no well-formed XML"),
    "cut": (FLOW[:2000], "no well-formed XML"),
    "another XML": (b"<x/>", "no integration flow"),
    "entities of entities": (BOMB, "XML"),
    "a file of the machine": (OUTSIDE, "has a document type"),
    "deep": (b"<a>" * 100_000, "no well-formed XML"),
    "large": (b" " * (iflw.LARGEST_FLOW + 1), "larger than 20 MB"),
    "many steps": (
        made.iflw([], [made.process("P", "", [made.event(f"S{n}", "") for n in range(iflw.MOST_STEPS + 1)])]),
        "more than 5000 steps",
    ),
    "wrong charset": (FLOW.replace(b"Which?", b"Wh\xffch?"), "no well-formed XML"),
}


@pytest.mark.parametrize("name", BROKEN_FLOWS)
def test_a_flow_that_cannot_be_read_says_why(tmp_path: Path, name: str) -> None:
    """In bounded time, and nothing of the machine is read."""
    data, said = BROKEN_FLOWS[name]
    path = made.write(tmp_path / "flow.zip", made.zipped({**FILES, made.IFLW: data}))
    began = time.process_time()
    with pytest.raises(BundleError) as caught:
        read_package(path)
    assert said in str(caught.value)
    assert "flow.iflw" in str(caught.value)
    assert "root:" not in str(caught.value)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("name", ["../out.iflw", "/etc/x", "a/../../b", "C:/x", "..\\x"])
def test_a_path_that_leaves_the_zip_is_refused(tmp_path: Path, name: str) -> None:
    """Whatever else is in it."""
    with pytest.raises(BundleError, match="whose path leaves it"):
        read_package(made.write(tmp_path / "flow.zip", made.zipped({**FILES, name: b""})))


def test_what_unpacks_to_too_much_ends_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One large file, many of them in zips within the zip, zips without an end, and too many files."""
    monkeypatch.setattr(files, "LARGEST_FILE", 1_000_000)
    large = made.zipped({**FILES, made.IFLW: b" " * 1_000_001})
    with pytest.raises(BundleError, match="larger than 1 MB unpacked"):
        read_package(made.write(tmp_path / "large.zip", large))
    monkeypatch.setattr(files, "LARGEST_SUM", 20_000_000)
    fitting = made.zipped({**FILES, made.IFLW: FLOW + b" " * 900_000})
    many = made.zipped({f"{number}_content": fitting for number in range(30)})
    found = read_package(made.write(tmp_path / "many.zip", many))
    assert 20 < len(found.bundles) < 25
    assert "unpacked, the files are larger than 20 MB" in found.not_understood[-1].what
    nested = fitting
    for _ in range(5):
        nested = made.zipped({"next.zip": nested})
    with pytest.raises(BundleError, match="a zip within 3 others is not opened"):
        read_package(made.write(tmp_path / "nested.zip", nested))
    monkeypatch.setattr(files, "MOST_FILES", 100)
    for name in ("few", "more"):
        count = 150 if name == "few" else 300
        with pytest.raises(BundleError, match="more than 100 files"):
            read_package(made.write(tmp_path / name, made.zipped({f"{n}.txt": b"" for n in range(count)})))


def test_a_damaged_zip_is_told_by_its_file(tmp_path: Path) -> None:
    """A broken checksum, an encrypted file, a method that no export uses, no zip at all, no file."""
    good = made.zipped(FILES)
    at = good.index(b"flow.iflw") + 100
    with pytest.raises(BundleError, match=r"damaged[\s\S]*flow\.iflw"):
        read_package(made.write(tmp_path / "a.zip", good[:at] + b"\xff\xff\xff\xff" + good[at + 4 :]))
    listed = good.index(b"PK\x01\x02", good.index(b"PK\x01\x02") + 4)  # the second file is the flow
    for changed, at, said in ((b"\x01", 8, "encrypted"), (b"\x0e", 10, "a method that no export uses")):
        path = made.write(tmp_path / "b.zip", good[: listed + at] + changed + good[listed + at + 1 :])
        with pytest.raises(BundleError, match=said):
            read_package(path)
    with pytest.raises(BundleError, match="no zip that can be read"):
        read_package(made.write(tmp_path / "c.zip", b"hello"))
    with pytest.raises(BundleError, match="no such file"):
        read_package(tmp_path / "gone.zip")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BundleError, match="there is no integration flow"):
        read_package(tmp_path / "empty")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="links and pipes need rights on Windows")
def test_a_folder_is_not_left_by_links_nor_waited_for(tmp_path: Path) -> None:
    """A link to a file elsewhere, and a pipe in place of the flow."""
    folder = as_folder(tmp_path)
    outside = made.write(tmp_path / "outside.prop", b"secret=1")
    values = folder / "src/main/resources/parameters.prop"
    values.unlink()
    values.symlink_to(outside)
    with pytest.raises(BundleError, match="a link that leaves the folder"):
        read_package(folder)
    values.unlink()
    os.mkfifo(values)
    with pytest.raises(BundleError, match="a pipe"):
        read_package(folder)


def test_charsets_of_a_flow_are_read(tmp_path: Path) -> None:
    """UTF-16 with a declaration, and a manifest in any charset."""
    text = FLOW.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').replace("Which?", "Größe?")
    held = {**FILES, made.IFLW: text.encode("utf-16"), "META-INF/MANIFEST.MF": b"Bundle-Name: \xff\r\n"}
    bundle = read_package(made.write(tmp_path / "flow.zip", made.zipped(held))).bundles[0]
    assert bundle.flow is not None
    assert bundle.flow.processes["Process_1"].steps["Router_1"].name == "Größe?"
    with zipfile.ZipFile(tmp_path / "flow.zip") as archive:
        assert len(archive.namelist()) == len(bundle.files)
