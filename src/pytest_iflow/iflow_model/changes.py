"""What changed between two exports, in words of the flow: bundles, parameters, scripts and other files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct

from pytest_iflow.iflow_model.bundle import MANIFEST, RESOURCES, Bundle
from pytest_iflow.iflow_model.change import Change, Pairs, paired
from pytest_iflow.iflow_model.flow import Flow
from pytest_iflow.iflow_model.flow_changes import flow_changes
from pytest_iflow.iflow_model.package import Package
from pytest_iflow.iflow_model.parameters import Parameter, resolve_flow, uses
from pytest_iflow.iflow_model.value_changes import change_words, line_words

_NO_CONTENT = frozenset({
    MANIFEST, ".project", "metainfo.prop", "build.properties",
    f"{RESOURCES}parameters.prop", f"{RESOURCES}parameters.propdef",
})  # fmt: skip
"""Files that are compared by what they say, or that say when something was stored."""

_BINARY_START = 4_000
"""Bytes in which a file that is no text has a zero byte."""


class BundleChanges(Struct, frozen=True):
    """What changed in a bundle; one that is new or gone has no ``changes`` of its own."""

    id: str
    name: str
    kind: str
    state: Literal["added", "removed", "changed", "same"]
    changes: tuple[Change, ...] = ()


def compare(old: Package, new: Package) -> list[BundleChanges]:
    """Return for each bundle of two exports what changed."""
    found = []
    for before, after in _pairs(old, new):
        if before is None or after is None:
            one = before or after
            assert one is not None  # noqa: S101, for mypy
            found.append(BundleChanges(one.id, one.name, one.kind, "removed" if after is None else "added"))
        else:
            changes = tuple(_changes(before, after))
            state: Literal["changed", "same"] = "changed" if changes else "same"
            found.append(BundleChanges(after.id, after.name, after.kind, state, changes))
    return found


def _pairs(old: Package, new: Package) -> Pairs[Bundle]:
    """Return the bundles that belong together; the only one on either side is the same, whatever its id."""
    if len(old.bundles) == len(new.bundles) == 1:
        return [(old.bundles[0], new.bundles[0])]
    left, right = ({bundle.id: bundle for bundle in package.bundles} for package in (old, new))
    return paired(left, right, lambda one: (one.kind, one.name))


def _changes(old: Bundle, new: Bundle) -> Iterator[Change]:
    for word, before, after in (
        ("id", old.id, new.id),
        ("name", old.name, new.name),
        ("version", old.version, new.version),
    ):
        if before != after:
            yield Change(
                "bundle", new.id, new.name, f"the {word} {change_words(before, after)}", old=before, new=after
            )
    renamed = _renamed(old, new)
    yield from _parameter_changes(old, new, renamed)
    if old.flow is not None and new.flow is not None:
        as_new = {name: f"{{{{{other}}}}}" for name, other in renamed.items()}
        yield from flow_changes(resolve_flow(old.flow, as_new), new.flow)
    yield from _file_changes(old, new)


def _places(bundle: Bundle) -> dict[str, frozenset[tuple[str, str]]]:
    """Return where each parameter is used."""
    used = uses(bundle.flow) if bundle.flow else {}
    return {name: frozenset((one.id, one.property) for one in places) for name, places in used.items()}


def _renamed(old: Bundle, new: Bundle) -> dict[str, str]:
    """Return the parameters that have another name now: they are used in the same places."""
    gone = [name for name in old.parameters if name not in new.parameters]
    more = [name for name in new.parameters if name not in old.parameters]
    before, after = _places(old), _places(new)
    found: dict[str, str] = {}
    for name in gone:
        places = before.get(name, frozenset())
        fitting = [
            other for other in more if places and after.get(other) == places and other not in found.values()
        ]
        if len(fitting) == 1:
            found[name] = fitting[0]
    return found


def _parameter_changes(old: Bundle, new: Bundle, renamed: Mapping[str, str]) -> Iterator[Change]:
    for name, other in renamed.items():
        yield Change(
            "parameter-renamed",
            other,
            other,
            f'parameter "{name}" is called "{other}" now',
            old=name,
            new=other,
        )
    pairs: list[tuple[Parameter | None, Parameter | None]] = [
        (one, new.parameters.get(renamed.get(name, name))) for name, one in old.parameters.items()
    ]
    pairs += [
        (None, one) for name, one in new.parameters.items()
        if name not in old.parameters and name not in renamed.values()
    ]  # fmt: skip
    for before, after in pairs:
        if after is None and before is not None:
            yield Change("parameter-removed", before.name, before.name, f'parameter "{before.name}" removed')
        elif before is None and after is not None:
            said = f': "{after.value}"' if after.value else ""
            yield Change("parameter-added", after.name, after.name, f'parameter "{after.name}" added{said}')
        elif before is not None and after is not None and before.value != after.value:
            words = change_words(before.value or "", after.value or "")
            said = f'parameter "{after.name}": its value {words}'
            yield Change(
                "parameter-value", after.name, after.name, said, old=before.value or "", new=after.value or ""
            )


def _file_changes(old: Bundle, new: Bundle) -> Iterator[Change]:
    """Yield which scripts, mappings, schemas and other files changed; one with the same bytes was renamed."""
    left, right = contents(old), contents(new)
    gone = [name for name in left if name not in right]
    more = {right[name]: name for name in right if name not in left}
    for name in gone:
        other = more.pop(left[name], None)
        word = file_word(name)
        if other is None:
            yield Change("file-removed", name, name, f"{word} removed")
        else:
            yield Change(
                "file-renamed", other, other, f"{word} is called {file_word(other)} now", old=name, new=other
            )
    for name in more.values():
        yield Change("file-added", name, name, f"{file_word(name)} added")
    for name, data in left.items():
        if name in right and right[name] != data:
            said = f"{file_word(name)} changed: {_content_words(data, right[name])}{_users(new.flow, name)}"
            yield Change("file-changed", name, name, said)


def contents(bundle: Bundle) -> dict[str, bytes]:
    """Return the scripts, mappings, schemas and other files of a bundle by path, read."""
    names = [name for name in bundle.files if name not in _NO_CONTENT and not name.endswith(".iflw")]
    return {name: bundle.files[name] for name in sorted(names)}


def file_word(path: str) -> str:
    """Return how a file of a bundle is called in a sentence."""
    name = path.removeprefix(RESOURCES)
    folder, _, rest = name.partition("/")
    return f'{"script" if folder == "script" else "file"} "{rest if folder == "script" else name}"'


def _content_words(old: bytes, new: bytes) -> str:
    if b"\0" in old[:_BINARY_START] or b"\0" in new[:_BINARY_START]:
        return f"{len(new):,} bytes instead of {len(old):,}"
    return line_words(old.decode("utf-8", "replace"), new.decode("utf-8", "replace"))


def _users(flow: Flow | None, path: str) -> str:
    """Return in words which steps use a script."""
    name = path.rpartition("/")[2]
    steps = flow.steps() if flow else []
    users = [step.name or step.id for step in steps if not step.properties.get("scriptBundleId")
             and step.properties.get("script", "").rpartition("/")[2] == name]  # fmt: skip
    return f" (used by {', '.join(users)})" if users else ""
