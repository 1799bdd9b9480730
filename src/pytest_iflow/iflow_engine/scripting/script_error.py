"""The errors of scripts: what stands in the message log, and what an exception sub-process catches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_iflow.iflow_engine.failures import LimitError, NotSupportedError, StepError
from pytest_iflow.iflow_engine.message import LARGEST_BODY, CaughtException
from pytest_iflow.iflow_engine.scripting.values import JavaObject, ThrownException, Values

CAUGHT_CLASS = "java.lang.Exception"
"""Class of what an exception sub-process catches of a script; assumed."""


class ScriptError(StepError):
    """A script failed, by an exception or since it cannot be compiled.

    The message names script and line. What an exception sub-process catches has the text that public logs of
    tenants show, ``javax.script.ScriptException: java.lang.Exception: <exception>@ line <n> in <file>``, and
    the exception itself as its cause, ``thrown``.
    """

    def __init__(self, message: str, caught_message: str = "", thrown: JavaObject | None = None) -> None:
        super().__init__(message, CAUGHT_CLASS)
        self._caught_message = caught_message or message
        self._thrown = thrown

    def caught(self) -> CaughtException:
        """Return the exception as the steps of an exception sub-process see it."""
        return ThrownException(
            self._caught_message,
            self.class_name,
            step=self.step,
            step_name=self.step_name,
            thrown=self._thrown,
        )


def named(file: str, line: int | None = None) -> str:
    """Return how errors name a script."""
    return f"the script {file}" + (f", line {line}" if line else "")


def error_of(facts: Mapping[str, Any], script: str, function: str, values: Values, memory: str) -> StepError:
    """Return the error of a script that ended with an exception, or could not begin."""
    kind, text, missing = facts["kind"], facts.get("text", "").strip(), facts.get("missing", "")
    file, line = facts.get("file") or script, facts.get("line")
    class_name = facts.get("type", CAUGHT_CLASS)
    where = named(file, line)
    match kind:
        case "missing class":
            return NotSupportedError(f"{where}: class {missing} is not emulated")
        case "missing member":
            return NotSupportedError(f"{where}: {missing} is not emulated, or SAP has none of that name")
        case "not emulated":
            return NotSupportedError(f"{where}: {missing} is not emulated")
        case "memory":
            return LimitError(f"{where}: it needs more memory than the {memory} of the JVM")
        case "too large":
            return LimitError(f"{where}: {text}, more than the local tenant takes ({LARGEST_BODY})")
        case "no function":
            text = f'it has no function "{function}" that takes a message'
        case "no message":
            text = f'the function "{function}" returned no message but {text}'
        case "syntax":
            text = f"syntax error: {text}"
        case _:
            text = f"{class_name}: {text}" if text else class_name
    thrown = values.decode(facts.get("exception"))
    caught = f"javax.script.ScriptException: java.lang.Exception: {text}"
    return ScriptError(f"{where}: {text}", f"{caught}@ line {line} in {file}" if line else caught, thrown)
