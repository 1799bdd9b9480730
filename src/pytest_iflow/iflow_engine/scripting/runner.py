"""Runs script steps: which script, in which Groovy, and what a failing one leaves in the message log."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any

from msgspec import Struct

from pytest_iflow.iflow_engine.message import LARGEST_BODY, Attachment, Message
from pytest_iflow.iflow_engine.scripting.groovy import GroovyError, groovy_version
from pytest_iflow.iflow_engine.scripting.services import Services
from pytest_iflow.iflow_engine.scripting.values import JavaObject, LostValueError, ThrownException, Values
from pytest_iflow.iflow_engine.scripting.worker import Frame, Worker, WorkerError

SCRIPTS = "src/main/resources/script"
ARCHIVES = "src/main/resources/lib"
_MOST_THREADS = 100
"""Threads that scripts may leave behind before the JVM is replaced."""


class ScriptError(Exception):
    """A script step failed; the text is fit for the message log.

    ``exception`` is what an exception sub-process catches. Its message is the one that public logs of tenants
    show: ``javax.script.ScriptException: java.lang.Exception: <exception>@ line <n> in <file>``.
    """

    def __init__(self, text: str, exception: ThrownException | None = None) -> None:
        super().__init__(text)
        self.exception = exception or ThrownException(text, "javax.script.ScriptException")


class ScriptBundle:
    """The scripts and archives of a flow or a script collection, by their paths in its bundle."""

    def __init__(self, name: str, files: Mapping[str, bytes]) -> None:
        self.name = name
        self.files = {path: content for path, content in files.items() if _is_script_or_archive(path)}
        self.key = hashlib.sha256(repr(sorted(self.files.items())).encode()).hexdigest()

    @property
    def script_names(self) -> list[str]:
        """The file names of the scripts."""
        return sorted(PurePosixPath(each).name for each in self.files if each.startswith(f"{SCRIPTS}/"))


class Script(Struct, frozen=True):
    """A function of a script; ``step_version`` is the version of the script step, such as "1.1"."""

    bundle: ScriptBundle
    file: str
    function: str = "processData"
    step_version: str = ""


class ScriptSettings(Struct, frozen=True):
    """Seconds that one script may take, memory of the JVM as Java writes it, archives for all scripts."""

    seconds: float = 60.0
    memory: str = "512m"
    jars: tuple[Path, ...] = ()


class ScriptOutput(Struct, frozen=True):
    """What a script printed; ``left_out`` bytes more were not kept."""

    text: str = ""
    left_out: int = 0


def script_of_step(
    properties: Mapping[str, str],
    own: ScriptBundle,
    collections: Mapping[str, ScriptBundle],
    step_version: str = "",
) -> Script:
    """Return the script that a step names, in the flow itself or in a script collection.

    ``properties`` are those of the step in the flow (``script``, ``scriptFunction``, ``scriptBundleId``);
    ``collections`` by their ids. Raises ScriptError where it is not there, or is JavaScript.
    """
    collection = properties.get("scriptBundleId", "")
    bundle = collections.get(collection) if collection else own
    if bundle is None:
        raise ScriptError(f'the script collection "{collection}" is not beside the flow')
    file = PurePosixPath(properties.get("script", "")).name
    if file not in bundle.script_names:
        raise ScriptError(
            f'the script "{file}" is not in {bundle.name} ({", ".join(bundle.script_names) or "no scripts"})'
        )
    if file.endswith(".js") or properties.get("subActivityType") == "JavaScript":
        raise ScriptError(f'the script "{file}" is JavaScript, which is not supported by the local tenant')
    return Script(bundle, file, properties.get("scriptFunction") or "processData", step_version)


class ScriptRunner:
    """Runs scripts, one after the other, in one JVM for each version of Groovy; safe for threads.

    The JVM starts with the first script, stays until ``close``, and is replaced after it had to be ended.
    """

    def __init__(
        self,
        services: Services | None = None,
        settings: ScriptSettings | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.services = services or Services()
        self.settings = settings or ScriptSettings()
        self.starts = 0
        """How many JVMs were started."""
        self._environ = os.environ if environ is None else environ
        self._lock = Lock()
        self._workers: dict[str, tuple[Worker, Values]] = {}

    def run(self, script: Script, message: Message, artifact: str = "") -> ScriptOutput:
        """Run a script, which changes the message; ``artifact`` is the id of the flow.

        Raises ScriptError. Headers, properties and notes for the log that the script set before it failed
        stay, its body does not (assumed). Values of credentials are masked in what it printed.
        """
        with self._lock:
            try:
                answer, body = self._answer(script, message, artifact)
            except (GroovyError, LostValueError) as error:
                raise ScriptError(f"{_named(script.file)}: {error}") from error
            except WorkerError as error:
                del self._workers[groovy_version(script.step_version)]
                raise ScriptError(f"{_named(script.file)}: {error}") from error
            values = self._workers[groovy_version(script.step_version)][1]
            self._apply(answer, body, message, values)
            if answer["threads"] > _MOST_THREADS or answer.get("error", {}).get("kind") == "memory":
                self._workers.pop(groovy_version(script.step_version))[0].close()
        if "error" in answer:
            raise _script_error(answer["error"], script, values, self.settings.memory)
        return self._masked(answer["output"])

    def close(self) -> None:
        """End the JVMs."""
        with self._lock:
            for worker, _ in self._workers.values():
                worker.close()
            self._workers.clear()

    def process_ids(self) -> list[int]:
        """Return the processes of the JVMs that run."""
        return [worker.process_id for worker, _ in self._workers.values()]

    def _answer(self, script: Script, message: Message, artifact: str) -> Frame:
        version = groovy_version(script.step_version)
        if version not in self._workers:
            worker = Worker(version, self._environ, self.settings.memory, self.settings.jars)
            self._workers[version] = worker, Values()
            self.starts += 1
        worker, values = self._workers[version]
        sent, body = values.encode_message(message, artifact)
        header = {
            "folder": worker.folder_of(script.bundle.key, script.bundle.files),
            "script": script.file,
            "function": script.function,
            "message": sent,
            "release": values.take_released(),
        }
        return worker.call(header, body, self.services.answer, self.settings.seconds)

    def _apply(self, answer: Mapping[str, Any], body: bytes | None, message: Message, values: Values) -> None:
        values.apply(answer, message)
        kind = answer.get("body", "same")
        if kind == "none":
            message.body = None
        elif kind != "same" and body is not None:
            message.body = body.decode("utf-8", "replace") if kind == "text" else body
        log = answer["log"]
        message.log.custom_headers += [(str(name), str(value)) for name, value in log["custom_headers"]]
        message.log.properties.update(log["properties"])
        message.log.attachments += [
            Attachment(name, (text or "").encode(), media or "text/plain")
            for name, text, media in log["attachments"]
        ]

    def _masked(self, output: Mapping[str, Any]) -> ScriptOutput:
        text = output["text"]
        for secret in self.services.secrets():
            text = text.replace(secret, "***")
        return ScriptOutput(text, output["left_out"])


def _is_script_or_archive(path: str) -> bool:
    pure = PurePosixPath(path)
    within = str(pure.parent) in {SCRIPTS, ARCHIVES}
    return within and not set('\\:*?"<>|\0') & set(pure.name) and pure.name != ".."


def _named(file: str, line: int | None = None) -> str:
    return f"the script {file}" + (f", line {line}" if line else "")


def _script_error(facts: Mapping[str, Any], script: Script, values: Values, memory: str) -> ScriptError:
    """Return the error of a script that ended with an exception, or could not begin."""
    kind, text, missing = facts["kind"], facts.get("text", ""), facts.get("missing", "")
    file, line = facts.get("file") or script.file, facts.get("line")
    class_name = facts.get("type", "java.lang.Exception")
    said = {
        "syntax": f"syntax error: {text}",
        "missing class": f"class {missing} is not emulated",
        "missing member": f"{missing} is not emulated, or is no method or property of SAP's",
        "not emulated": f"{missing} is not emulated",
        "no function": f'it has no function "{script.function}" that takes a message',
        "no message": f'the function "{script.function}" returned no message but {text}',
        "memory": f"it needs more memory than the {memory} of the JVM",
        "too large": f"{text}, more than the local tenant takes ({LARGEST_BODY})",
    }.get(kind, f"{class_name}: {text}" if text else class_name)
    thrown = values.decode(facts["exception"]) if "exception" in facts else None
    at = f"@ line {line} in {file}" if line else ""
    message = f"javax.script.ScriptException: java.lang.Exception: {class_name}: {text}{at}"
    exception = ThrownException(
        message, "java.lang.Exception", thrown=thrown if isinstance(thrown, JavaObject) else None
    )
    return ScriptError(f"{_named(file, line)}: {said}", exception)
