"""The files that the parts of a flow use, as digests: scripts, mappings, schemas, and what these name.

A part names files in its properties, a file names others in its text. Bundles beside the flow in its package
belong to it: script collections, message mappings, value mappings.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping

import msgspec

from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.changes import contents, file_word
from pytest_iflow.iflow_model.flow import Step
from pytest_iflow.iflow_model.package import Package
from pytest_iflow.iflow_model.step_changes import step_word

_DIGITS = 16
"""Hexadecimal digits of a digest."""

_BESIDE = {"scriptBundleId": "script collection", "messageMappingBundleId": "message mapping"}
"""Properties of a step that name a bundle beside the flow, and of which kind it is."""

_USE_VALUE_MAPPINGS = frozenset({"message mapping", "operation mapping", "Groovy script", "JavaScript"})
_GROOVY = (".groovy", ".gsh")
_WORD = re.compile(rb"\w+")

Details = Mapping[str, str]
"""A digest for each thing that counts, by how that is called in a sentence."""


def digest(value: object) -> str:
    """Return a digest of a value that is made of structs, mappings, sequences and texts."""
    text = json.dumps(msgspec.to_builtins(value), sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:_DIGITS]


class UsedFiles:
    """The files of a bundle and of what its flow uses beside it in the package, and who uses which.

    ``unnamed`` are the paths of those that no part of the flow names, and no file which a part names.
    """

    def __init__(self, package: Package, bundle: Bundle) -> None:
        self._package = package
        self._own = _Content(bundle)
        self._beside: dict[str, _Content] = {}
        self.digests = self._own.digests
        self.unnamed = dict.fromkeys(self.digests)
        self._mappings = list(package.of_kind("value mapping").values())

    def used_by(self, words: str, properties: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield the files that properties name, and those that are named in these."""
        yield from self._digests(words, self._own.used_by(properties.values()))

    def used_by_step(self, step: Step) -> Iterator[tuple[str, str]]:
        """Yield the files that a step uses, those of other bundles of the package included."""
        words = step_word(step)
        if "dynamic" in step.properties.values() or "mappingSrcHeader" in step.properties.values():
            yield from self._digests(words, self.digests)
        else:
            yield from self.used_by(words, step.properties)
        script = _script_of(step)
        for name, kind in _BESIDE.items():
            if own := step.properties.get(name, ""):
                held = self._package.of_kind(kind).get(own)
                used = self._content(held).used_with(script) if held else {}
                yield f"{own} that {words} uses", digest(used)
        if step.kind in _USE_VALUE_MAPPINGS:
            for one in self._mappings:
                yield f'value mapping "{one.name}"', digest(self._content(one).used_with(script))

    def scripts_of(self, step: Step) -> Iterator[bytes]:
        """Yield the script of a step and those that it uses."""
        if script := _script_of(step):
            collection = step.properties.get("scriptBundleId", "")
            held = self._package.of_kind("script collection").get(collection)
            content = self._content(held) if held else self._own
            yield from (content.files[path] for path in content.used_by([script]))

    def _content(self, bundle: Bundle) -> _Content:
        if bundle.id not in self._beside:
            self._beside[bundle.id] = _Content(bundle)
        return self._beside[bundle.id]

    def _digests(self, words: str, names: Collection[str]) -> Iterator[tuple[str, str]]:
        for name in names:
            self.unnamed.pop(name, None)
            yield f"{file_word(name)} of {words}", self.digests[name]


class _Content:
    """The files of a bundle: ``digests`` by path, and which of them name which others."""

    def __init__(self, bundle: Bundle) -> None:
        self.files = contents(bundle)
        self.digests = {name: _digest_of_file(data) for name, data in self.files.items()}
        self._names = {path: path.rpartition("/")[2] for path in self.files}
        self._named_in_files = {path: self._names_in_file(path) for path in self.files}

    def used_by(self, texts: Collection[str]) -> dict[str, None]:
        """Return the files that properties name, and those that are named in these."""
        found: dict[str, None] = {}
        waiting = self._named_by(texts)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = None
                waiting += self._named_in_files[name]
        return found

    def used_with(self, script: str) -> Details:
        """Return digests of what a step may use that names a script of this bundle; without one, of all."""
        used = self.used_by([script]) if script else self.digests
        return {
            path: own
            for path, own in self.digests.items()
            if path in used or not script or "/script/" not in path
        }

    def _named_by(self, texts: Collection[str]) -> list[str]:
        found = []
        for path, name in self._names.items():
            stem = name.rpartition(".")[0] or name
            if any(name in text or text == stem or text.endswith(f"/{stem}") for text in texts):
                found.append(path)
        return found

    def _names_in_file(self, own: str) -> list[str]:
        """Return the files whose names stand in a file; a script names another one by its class as well."""
        data = self.files[own]
        words = frozenset(_WORD.findall(data)) if own.endswith(_GROOVY) else frozenset()
        return [
            path
            for path, name in self._names.items()
            if path != own
            and (
                name.encode() in data or (name.endswith(_GROOVY) and name.partition(".")[0].encode() in words)
            )
        ]


def _script_of(step: Step) -> str:
    return step.properties.get("script", "").rpartition("/")[2]


def _digest_of_file(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
