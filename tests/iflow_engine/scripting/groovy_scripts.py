"""Scripts for the tests: each is a function of one bundle, and one JVM runs them all."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from pytest_iflow.iflow_engine.scripting.groovy import GroovyError, find_groovy, find_java
from pytest_iflow.iflow_engine.scripting.runner import Script, ScriptBundle

IMPORTS = """import com.sap.gateway.ip.core.customdev.util.Message
import com.sap.it.api.*; import com.sap.it.api.keystore.*; import com.sap.it.api.mapping.*
import com.sap.it.api.nrc.*; import com.sap.it.api.pd.*; import com.sap.it.api.securestore.*
import groovy.json.*; import groovy.xml.*
"""


def script(source: str, *, file: str = "script1.groovy", version: str = "1.1") -> Script:
    """Return the script with that source alone in its bundle."""
    bundle = ScriptBundle("Flow", {f"src/main/resources/script/{file}": (IMPORTS + source).encode()})
    return Script(bundle, file, "processData", version)


def statements(lines: str, *, version: str = "1.1") -> Script:
    """Return a script whose function does what the lines say and returns the message; its first line is 6."""
    source = f"def Message processData(Message message) {{\n{lines}\nreturn message\n}}\n"
    return script(source, version=version)


def groovy_or_skip(version: str, environ: Mapping[str, str]) -> None:
    """Skip the test where Java or that Groovy is not installed; CI installs both."""
    try:
        find_java(environ)
        find_groovy(version, environ)
    except GroovyError as missing:
        pytest.skip(str(missing))


def environment_with_groovy(cache: Path) -> dict[str, str]:
    """Return an environment with the Groovy 4 of ``make .venv/.judges``, and a cache of its own."""
    named = [os.environ.get("IFLOW_GROOVY", ""), str(Path(sys.prefix, "judges", "groovy"))]
    environ = {"PATH": os.environ.get("PATH", ""), "IFLOW_SCRIPT_CACHE": str(cache)}
    if java := os.environ.get("JAVA_HOME"):
        environ["JAVA_HOME"] = java
    return {**environ, "IFLOW_GROOVY": os.pathsep.join(filter(None, named))}
