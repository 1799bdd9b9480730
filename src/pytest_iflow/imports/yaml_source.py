"""YAML that others wrote: read event by event within limits, without aliases and objects of Python.

Insomnia and Bruno write it with the library "yaml" of npm, whose schema is the core schema of YAML 1.2 (its
documentation, "Data Schemas"): ``yes`` and ``on`` are texts there, and names that stand twice an error.
PyYAML follows YAML 1.1, so ``parsed_texts`` makes the values itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.gherkin.pasted_secrets import pasted_secrets_in
from pytest_iflow.secrets.registry import mask, register_secret

DEEPEST_YAML = 1_000
"""Lists and mappings within each other that are read."""

_CONSTANTS = {"null": None, "true": True, "false": False}
_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    **{spelt: value for word, value in _CONSTANTS.items() for spelt in (word, word.title(), word.upper())},
}
_KNOWN_TAGS = frozenset(
    {"!", *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "map", "seq"))}
)
"""Tags that say nothing but what a value is."""

_SHORTEST = 6
"""Characters of a text in which a secret may be looked for."""


def wrong_yaml(what: str, path: Path, line: int = 0, remedy: str | None = None) -> ConfigurationError:
    """Return the error that says what is wrong in a file of YAML, and in which line."""
    error = ConfigurationError(what, where=f"{path}, line {line}" if line else str(path), remedy=remedy)
    error.line = line
    return error


@contextmanager
def yaml_errors(path: Path) -> Iterator[None]:
    """Raise ConfigurationError for whatever PyYAML finds wrong within the block, also that it is missing."""
    try:
        import yaml
    except ImportError:
        raise ConfigurationError(
            "To read YAML, PyYAML has to be installed.",
            where=str(path),
            remedy='pip install "pytest-iflow[yaml]", or convert the file to JSON.',
        ) from None
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise wrong_yaml(f"This is no YAML: {error.problem or error.context}.", path, line) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        what = f"This YAML cannot be read: {(str(error) or 'it is nested too deep').splitlines()[0]}."
        raise wrong_yaml(what, path) from None


def yaml_events(text: str, path: Path) -> Iterator[Any]:
    """Yield the events of a parser; raises ConfigurationError at an alias, and at one too many levels."""
    with yaml_errors(path):
        import yaml

        depth = 0
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            line = event.start_mark.line + 1 if event.start_mark else 0
            if isinstance(event, yaml.AliasEvent):
                remedy = "Write the value itself, or convert the file to JSON."
                raise wrong_yaml("The YAML has an alias (*name), which is not read here.", path, line, remedy)
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > DEEPEST_YAML:
                raise wrong_yaml(f"The YAML is nested deeper than {DEEPEST_YAML:,} levels.", path, line)
            yield event


def parsed_texts(text: str, path: Path) -> Any:
    """Return what a document holds: mappings, lists, null, true, false, and all else as the text it is.

    A number is a text as it was written. A secret that somebody pasted into a value is registered, and
    ``***`` stands in its place. Raises ConfigurationError for what is no YAML, or has more than one document,
    an alias, an unknown tag, or a name twice in a mapping.
    """
    document = _Document(path)
    for event in yaml_events(text, path):
        document.take(event)
    return document.values[0] if document.values else None


class _Document:
    """What was read so far: open lists and mappings, each with the name that waits for its value."""

    def __init__(self, path: Path) -> None:
        self.values: list[Any] = []
        self._path = path
        self._open: list[Any] = [self.values]
        self._names: list[str | None] = [None]

    def take(self, event: Any) -> None:
        kind, line = type(event).__name__, event.start_mark.line + 1 if event.start_mark else 0
        tag = getattr(event, "tag", None)
        if tag and tag not in _KNOWN_TAGS:
            raise self._wrong(f"The tag {tag[:80]} is not read here.", line, "Write the value itself.")
        if kind == "ScalarEvent":
            self._take_scalar(event, line)
        elif kind in {"MappingStartEvent", "SequenceStartEvent"}:
            value: Any = {} if kind == "MappingStartEvent" else []
            self._put(value, line)
            self._open.append(value)
            self._names.append(None)
        elif kind in {"MappingEndEvent", "SequenceEndEvent"}:
            self._open.pop()
            self._names.pop()
        elif kind == "DocumentStartEvent" and self.values:
            raise self._wrong("A second document begins here.", line, "Write each into a file of its own.")

    def _take_scalar(self, event: Any, line: int) -> None:
        if not isinstance(self._open[-1], dict) or self._names[-1] is not None:
            self._put(_value(event), line)
            return
        name = event.value
        if name in self._open[-1]:
            what = f'The name "{mask(name)[:80]}" stands twice in one mapping.'
            raise self._wrong(what, line, "Remove one of the two.")
        self._names[-1] = name

    def _put(self, value: Any, line: int) -> None:
        holder = self._open[-1]
        if isinstance(holder, list):
            holder.append(value)
        elif (name := self._names[-1]) is None:
            raise self._wrong("A name in a mapping is no text.", line, "Write a text before the colon.")
        else:
            holder[name] = value
            self._names[-1] = None

    def _wrong(self, what: str, line: int, remedy: str) -> ConfigurationError:
        return wrong_yaml(what, self._path, line, remedy)


def _value(event: Any) -> str | bool | None:
    """Return the value of a scalar; what stands in quotes or in a block is a text."""
    written: str = event.value
    if event.implicit[0] and written in _WORDS:
        return _WORDS[written]
    if len(written) < _SHORTEST:
        return written
    for start, end, _ in pasted_secrets_in(written):
        register_secret(written[start:end])
    return mask(written)
