"""Java and Groovy of this machine: where they are, which version a script step means, and our classes for it.

The classes that scripts see (``jvm/``) are Groovy, so that a Java runtime without a compiler is enough. They
are compiled once for each version of Groovy, into the user's cache folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from platformdirs import user_cache_path

from pytest_iflow.held_files import move, remove_folder

GROOVY_VARIABLE = "IFLOW_GROOVY"
"""Environment variable: the folder of a Groovy installation, or several, separated as in ``PATH``."""

CACHE_VARIABLE = "IFLOW_SCRIPT_CACHE"
"""Environment variable: the folder for compiled classes, in place of the user's cache folder."""

SOURCES = Path(__file__).with_name("jvm")

_KNOWN_HOMES = ("/usr/share/groovy", "/opt/groovy", "/usr/local/opt/groovy/libexec")
_JAR = re.compile(r"groovy-(\d+\.\d+)\.(\d+)(?:-indy)?\.jar")
_NEEDED = re.compile(
    r"groovy-(?:json|xml|templates|dateutil|datetime|nio|sql)(?:-\d.*)?\.jar"
    r"|(?:asm|asm-[a-z]+|antlr|commons-cli)(?:-\d.*)?\.jar|groovy-cli-commons(?:-\d.*)?\.jar"
)
_COMPILE_SECONDS = 120

OPENED = tuple(
    f"--add-opens=java.base/{each}=ALL-UNNAMED"
    for each in (
        *("java.lang", "java.util", "java.io", "java.net", "java.text", "java.time", "java.math", "java.nio"),
        *("java.util.regex", "java.util.concurrent", "java.security"),
    )
)
"""Options of Java: packages that Groovy 2.4 reflects upon, as it could before Java 16."""


class GroovyError(Exception):
    """Scripts cannot run on this machine; the text is fit for the message log."""


class GroovyHome(Struct, frozen=True):
    """One installation of Groovy: its version, as "2.4" and in full, and the archives that scripts need."""

    version: str
    full_version: str
    jars: tuple[str, ...]


def groovy_version(step_version: str) -> str:
    """Return the version of Groovy that a script step means: 1.x is Groovy 2.4, 2.x is 4.0.

    Empty stands for the first version of the step. Raises GroovyError for versions that are not known here.
    """
    major = step_version.partition(".")[0]
    known = {"": "2.4", "1": "2.4", "2": "4.0"}
    if major not in known:
        raise GroovyError(f"script steps of version {step_version} are not supported by the local tenant")
    return known[major]


def find_groovy(version: str, environ: Mapping[str, str]) -> GroovyHome:
    """Return an installation of that version ("2.4", "4.0"); raises GroovyError where there is none."""
    found: list[str] = []
    for folder in _homes(environ):
        home = _home_in(folder)
        if home is not None and home.version == version:
            return home
        found += [f"{home.full_version} in {folder}"] if home is not None else []
    raise GroovyError(
        f"the script needs Groovy {version}, which was not found on this machine "
        f"(found: {', '.join(dict.fromkeys(found)) or 'no Groovy'}); "
        f"name the folder of an installation in {GROOVY_VARIABLE}"
    )


def find_java(environ: Mapping[str, str]) -> str:
    """Return the path of ``java``; raises GroovyError where there is none."""
    name = "java.exe" if sys.platform == "win32" else "java"
    if (home := environ.get("JAVA_HOME")) and (named := Path(home, "bin", name)).is_file():
        return str(named)
    if on_path := shutil.which("java", path=environ.get("PATH")):
        return on_path
    raise GroovyError("the script needs Java 11 or later, which was not found (JAVA_HOME, PATH)")


def _homes(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the folders in which Groovy may be, those that the user named first."""
    named = [
        *environ.get(GROOVY_VARIABLE, "").split(os.pathsep),
        environ.get("GROOVY_HOME", ""),
        *_KNOWN_HOMES,
    ]
    yield from (Path(each) for each in named if each)
    if launcher := shutil.which("groovy", path=environ.get("PATH")):
        yield Path(launcher).resolve().parent.parent


def _home_in(folder: Path) -> GroovyHome | None:
    for lib in (folder / "lib", folder / "libexec" / "lib", folder):
        names = sorted(each.name for each in lib.glob("*.jar")) if lib.is_dir() else []
        for name in names:
            if core := _JAR.fullmatch(name):
                jars = [name, *(each for each in names if _NEEDED.fullmatch(each))]
                full = f"{core.group(1)}.{core.group(2)}"
                return GroovyHome(core.group(1), full, tuple(str(lib / each) for each in jars))
    return None


def compiled_classes(home: GroovyHome, java: str, environ: Mapping[str, str]) -> Path:
    """Return the folder of our classes for this Groovy; they are compiled now where they are not yet.

    The folder's name is made of the sources and the version, and it comes into being whole, so two
    processes may do so at once. Raises GroovyError where they cannot be compiled.
    """
    sources = sorted(SOURCES.rglob("*.groovy"))
    content = hashlib.sha256(home.full_version.encode())
    for each in sources:
        content.update(each.name.encode() + b"\0" + each.read_bytes())
    cache = _cache_folder(environ)
    place = cache / f"scripting-{home.full_version}-{content.hexdigest()[:16]}"
    if place.is_dir():
        return place
    try:
        cache.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix="compiling-", dir=cache))
    except OSError as error:
        raise GroovyError(f"compiled classes cannot be kept in {cache}: {error.strerror}") from error
    try:
        _compile(home, java, sources, made)
        move(made, place)
    except OSError as error:
        if not place.is_dir():  # else another process was first
            raise GroovyError(f"compiled classes cannot be kept in {cache}: {error.strerror}") from error
    finally:
        remove_folder(made)
    return place


def _compile(home: GroovyHome, java: str, sources: list[Path], target: Path) -> None:
    command = [
        *(java, *OPENED, "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8"),
        *("-cp", os.pathsep.join(home.jars)),
        *("org.codehaus.groovy.tools.FileSystemCompiler", "--encoding", "UTF-8", "-d", str(target)),
        *map(str, sources),
    ]
    try:
        done = subprocess.run(  # noqa: S603, the Java of this machine
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=bare_environment(),
            timeout=_COMPILE_SECONDS,
            check=False,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GroovyError(f"Groovy {home.full_version} could not be started with {java}: {error}") from error
    if done.returncode:
        raise GroovyError(
            f"Groovy {home.full_version} could not be used with {java}: {done.stdout[-2000:].strip()}"
        )


def bare_environment() -> dict[str, str]:
    """Return the environment of a JVM for scripts: nothing of ours but what Java needs to start."""
    if sys.platform == "win32":
        return {"SystemRoot": os.environ.get("SystemRoot", r"C:\Windows")}  # noqa: SIM112, as Windows writes it
    return {"LC_ALL": "C.UTF-8"}  # names of files are then UTF-8 for Java


def _cache_folder(environ: Mapping[str, str]) -> Path:
    if named := environ.get(CACHE_VARIABLE):
        return Path(named).absolute()
    try:
        folder = user_cache_path("pytest-iflow", appauthor=False)
    except RuntimeError:  # as some versions of platformdirs say that there is no home folder
        folder = Path("~")
    return folder if folder.is_absolute() else Path(tempfile.gettempdir(), f"pytest-iflow-{os.getpid()}")
