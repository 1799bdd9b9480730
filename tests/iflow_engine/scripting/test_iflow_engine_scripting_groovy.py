"""Java and Groovy of the machine: which installation a script step gets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_iflow.iflow_engine.scripting.groovy import GroovyError, find_groovy, find_java, groovy_version


def installation(folder: Path, version: str) -> Path:
    """Make a folder that looks like an installation of Groovy."""
    (folder / "lib").mkdir(parents=True)
    for name in ("groovy", "groovy-json", "groovy-test", "groovy-xml"):
        (folder / "lib" / f"{name}-{version}.jar").touch()
    return folder


def test_a_version_of_a_step_means_a_version_of_groovy() -> None:
    """The first one for steps that name none."""
    assert [groovy_version(each) for each in ("", "1.0.1", "1.1", "2.0.0")] == ["2.4", "2.4", "2.4", "4.0"]
    with pytest.raises(GroovyError, match="version 3 are not supported by the local tenant"):
        groovy_version("3")


def test_the_installation_of_that_version_is_taken(tmp_path: Path) -> None:
    """Of all that are named, without the archives that scripts do not need."""
    old, new = installation(tmp_path / "old", "2.4.99"), installation(tmp_path / "new", "4.0.99")
    environ = {"IFLOW_GROOVY": f"{old}{os.pathsep}{new}", "PATH": ""}
    found = find_groovy("4.0", environ)
    assert found.full_version == "4.0.99"
    assert [Path(each).name for each in found.jars] == [
        "groovy-4.0.99.jar",
        "groovy-json-4.0.99.jar",
        "groovy-xml-4.0.99.jar",
    ]
    assert find_groovy("2.4", environ).full_version == "2.4.99"
    brewed = installation(tmp_path / "brewed" / "libexec", "4.0.98")
    assert find_groovy("4.0", {"IFLOW_GROOVY": str(brewed.parent), "PATH": ""}).full_version == "4.0.98"


def test_what_is_missing_is_said_with_what_there_is(tmp_path: Path) -> None:
    """And where to name it."""
    environ = {"IFLOW_GROOVY": str(installation(tmp_path / "new", "5.0.1")), "PATH": ""}
    with pytest.raises(GroovyError) as raised:
        find_groovy("4.0", environ)
    said = str(raised.value)
    assert said.startswith(
        "the script needs Groovy 4.0, which was not found on this machine (found: 5.0.1 in "
    )
    assert said.endswith("name the folder of an installation in IFLOW_GROOVY")
    with pytest.raises(GroovyError, match="needs Java 11 or later"):
        find_java({"PATH": str(tmp_path)})
