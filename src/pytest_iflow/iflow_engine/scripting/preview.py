"""The classes that a script names and that are not emulated, found without running it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from pytest_iflow.iflow_engine.scripting.groovy import SOURCES

_PACKAGE = re.compile(r"^package ([\w.]+)", re.MULTILINE)
_DECLARED = re.compile(r"^(?:class|interface) (\w+)", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:'\"])//[^\n]*", re.DOTALL)
_TEXT = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'")
_IMPORTED = re.compile(r"^\s*import\s+(?!static\b)([a-z][\w.]*\.[A-Z]\w*)", re.MULTILINE)
_WRITTEN = re.compile(r"(?<![\w.$'\"/])((?:com|org|net|io|javax|jakarta)(?:\.[a-z]\w*)+\.[A-Z]\w*)")
_OF_JAVA = re.compile(
    r"java\.|javax\.(?:annotation|crypto|imageio|management|naming|net|print|script|security|sql|xml"
    r"(?!\.bind\b))\b|groovy\.|org\.codehaus\.groovy\.|org\.w3c\.dom\.|org\.xml\.sax\.|org\.ietf\.jgss\."
)
"""Packages of Java and Groovy themselves."""


def missing_classes(source: str) -> list[str]:
    """Return the classes that a script imports or writes with their package, and that are not emulated.

    Classes of archives in the bundle and of ``IFLOW_SCRIPT_JARS`` are not known here.
    """
    text = _COMMENT.sub("", source)
    named = dict.fromkeys([*_IMPORTED.findall(text), *_WRITTEN.findall(_TEXT.sub("''", text))])
    return [each for each in named if not _OF_JAVA.match(each) and each not in _emulated() and not _own(each)]


def _own(name: str) -> bool:
    """Tell whether a class is another script of the bundle."""
    return name.startswith("src.main.resources.")


@cache
def _emulated() -> frozenset[str]:
    """Return the names of the classes that we have in place of those of a tenant."""
    return frozenset(_declared())


def _declared() -> Iterator[str]:
    for file in SOURCES.rglob("*.groovy"):
        text = file.read_text(encoding="utf-8")
        package = _PACKAGE.search(text)
        if package:
            yield from (f"{package.group(1)}.{name}" for name in _DECLARED.findall(text))
