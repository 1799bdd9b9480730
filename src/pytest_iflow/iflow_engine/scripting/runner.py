"""Runs script steps: which script, in which Groovy, and what a failing one leaves in the message log."""

from __future__ import annotations

import hashlib
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any

from msgspec import Struct

from pytest_iflow.iflow_engine.failures import LimitError, NotSupportedError
from pytest_iflow.iflow_engine.message import Attachment, Message
from pytest_iflow.iflow_engine.scripting.groovy import GroovyError, groovy_version
from pytest_iflow.iflow_engine.scripting.script_error import error_of, named
from pytest_iflow.iflow_engine.scripting.services import Services
from pytest_iflow.iflow_engine.scripting.values import LostValueError, Values
from pytest_iflow.iflow_engine.scripting.worker import Frame, Worker, WorkerError
from pytest_iflow.iflow_model.readiness import ADD_COLLECTION

SCRIPTS = "src/main/resources/script"
ARCHIVES = "src/main/resources/lib"
JARS_VARIABLE = "IFLOW_SCRIPT_JARS"
"""Environment variable: archives of Java classes for all scripts, or folders of them, as in ``PATH``."""

SECONDS_VARIABLE = "IFLOW_SCRIPT_SECONDS"
MEMORY_VARIABLE = "IFLOW_SCRIPT_MEMORY"

_MOST_THREADS = 100
"""Threads that scripts may leave behind before the JVM is replaced."""


class ScriptBundle:
    """The scripts and archives of a flow or a script collection, by their paths in its bundle."""

    def __init__(self, name: str, files: Mapping[str, bytes]) -> None:
        self.name = name
        self.files = {path: files[path] for path in files if _is_script_or_archive(path)}
        content = hashlib.sha256()
        for path in sorted(self.files):
            content.update(f"{path}\n{len(self.files[path])}\n".encode() + self.files[path])
        self.key = content.hexdigest()

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

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> ScriptSettings:
        """Return the settings that environment variables make; raises NotSupportedError for useless ones."""
        seconds, memory = environ.get(SECONDS_VARIABLE) or "60", environ.get(MEMORY_VARIABLE) or "512m"
        if not re.fullmatch(r"\d{1,5}", seconds) or not int(seconds):
            raise NotSupportedError(f"{SECONDS_VARIABLE} is {seconds!r}, which is no number of seconds")
        if not re.fullmatch(r"\d+[kKmMgG]", memory):
            raise NotSupportedError(f"{MEMORY_VARIABLE} is {memory!r}, which is not written as 512m or 2g")
        named = [Path(each) for each in environ.get(JARS_VARIABLE, "").split(os.pathsep) if each]
        if missing := [each for each in named if not each.exists()]:
            raise NotSupportedError(f"{JARS_VARIABLE} names {missing[0]}, which is not there")
        jars = [jar for each in named for jar in (sorted(each.glob("*.jar")) if each.is_dir() else [each])]
        return cls(float(seconds), memory, tuple(jars))


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
    ``collections`` by their ids. Raises NotSupportedError where it is not there, or is JavaScript.
    """
    collection = properties.get("scriptBundleId", "")
    bundle = collections.get(collection) if collection else own
    if bundle is None:
        raise NotSupportedError(
            f'the script collection "{collection}" is not beside the flow; {ADD_COLLECTION}'
        )
    file = PurePosixPath(properties.get("script", "")).name
    if file not in bundle.script_names:
        known = ", ".join(bundle.script_names) or "no scripts"
        raise NotSupportedError(f'the script "{file}" is not in {bundle.name} ({known})')
    if file.endswith(".js") or properties.get("subActivityType") == "JavaScript":
        raise NotSupportedError(f"{named(file)}: JavaScript is not supported by the local tenant")
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
        self.starts = 0
        """How many JVMs were started."""
        self._environ = os.environ if environ is None else environ
        self._settings = settings
        self._lock = Lock()
        self._workers: dict[str, tuple[Worker, Values]] = {}

    @property
    def settings(self) -> ScriptSettings:
        """Those that were given, else those of the environment; raises NotSupportedError for useless ones."""
        if self._settings is None:
            self._settings = ScriptSettings.of(self._environ)
        return self._settings

    def run(
        self,
        script: Script,
        message: Message,
        artifact: str = "",
        seconds: float = math.inf,
        note: Callable[[ScriptOutput], None] = lambda _: None,
    ) -> ScriptOutput:
        """Run a script, which changes the message; ``artifact`` is the id of the flow.

        ``note`` is told what it printed, also where it fails.

        ``seconds`` is what is left for the message. Headers, properties and notes for the log that the script
        set before it failed stay, its body does not (assumed). Values of credentials are masked in what it
        printed. Raises ScriptError where the script fails, NotSupportedError where it needs what is not
        emulated or not installed, and LimitError where it takes too much time or memory.
        """
        return self._masked(self._run(script, message, artifact, seconds, {}, note)["output"])

    def run_function(
        self,
        script: Script,
        message: Message,
        calls: Sequence[Sequence[Any]],
        artifact: str = "",
        seconds: float = math.inf,
    ) -> list[Any]:
        """Call a function of a message mapping once for each list of arguments; return what each call made.

        A call makes a text or None, or, where the function writes an ``Output``, the contexts of each. None
        within a list is a suppressed value. Headers and properties that the function sets are in the message,
        whose body it does not see. Raises as ``run``.
        """
        seen = message.copy()
        seen.body = None
        try:
            answer = self._run(script, seen, artifact, seconds, {"calls": [list(one) for one in calls]})
        finally:
            message.headers, message.properties = seen.headers, seen.properties
        return list(answer["results"])

    def _run(
        self,
        script: Script,
        message: Message,
        artifact: str,
        seconds: float,
        more: Mapping[str, Any],
        note: Callable[[ScriptOutput], None] = lambda _: None,
    ) -> Mapping[str, Any]:
        with self._lock:
            try:
                version = groovy_version(script.step_version)
                answer, body = self._answer(version, script, message, artifact, seconds, more)
            except GroovyError as error:
                raise NotSupportedError(f"{named(script.file)}: {error}") from error
            except (LostValueError, WorkerError) as error:
                raise LimitError(f"{named(script.file)}: {error}") from error
            values = self._workers[version][1]
            self._apply(answer, body, message, values)
            failed = answer.get("error")
            if answer["threads"] > _MOST_THREADS or (failed and failed["kind"] == "memory"):
                self._workers[version][0].close()
        note(self._masked(answer["output"]))
        if failed:
            raise error_of(failed, script.file, script.function, values, self.settings.memory)
        return answer

    def close(self) -> None:
        """End the JVMs."""
        with self._lock:
            for worker, _ in self._workers.values():
                worker.close()
            self._workers.clear()

    def process_ids(self) -> list[int]:
        """Return the processes of the JVMs that run."""
        return [worker.process_id for worker, _ in self._workers.values() if worker.runs]

    def _answer(
        self,
        version: str,
        script: Script,
        message: Message,
        artifact: str,
        seconds: float,
        more: Mapping[str, Any],
    ) -> Frame:
        if version not in self._workers or not self._workers[version][0].runs:
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
            **more,
        }
        return worker.call(header, body, self.services.answer, min(seconds, self.settings.seconds))

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
