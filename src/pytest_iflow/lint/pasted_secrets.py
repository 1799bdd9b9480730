"""Secrets that somebody pasted into a file of the suite. A finding names the line, and never the secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pytest_iflow.gherkin.pasted_secrets import pasted_secrets_in
from pytest_iflow.lint.collection import text_of
from pytest_iflow.lint.rules import Finding

_TEXTS = frozenset(
    {".json", ".xml", ".toml", ".yaml", ".yml", ".csv", ".tsv", ".txt", ".edi", ".py", ".ini", ".properties"}
)
_FOLDERS = frozenset({"features", "payloads", "data", "schemas", "tenants", "steps"})
"""Folders of a suite; what stands in others, such as tests of its own Python, is left alone."""

_REMEDY = (
    "revoke it, for it can be read by all who read the suite; "
    "keep the new one in a service key or a variable that the tenant file names"
)


def pasted_secrets(root: Path, files: Iterable[Path]) -> Iterator[Finding]:
    """Yield the lines of the files in which a secret stands."""
    for path in files:
        inside = path.relative_to(root) if path.is_relative_to(root) else path
        if not _is_looked_at(inside):
            continue
        text = text_of(path)
        by_place: dict[int, str] = {}
        for start, _, kind in pasted_secrets_in(text):
            by_place.setdefault(start, kind)
        found = {(text.count("\n", 0, start) + 1, kind) for start, kind in by_place.items()}
        for line, kind in sorted(found):
            yield Finding(inside.as_posix(), line, "pasted-secret", f"this line holds {kind}", _REMEDY)


def _is_looked_at(path: Path) -> bool:
    if path.suffix == ".feature":
        return True
    is_of_suite = path.parts[0] in _FOLDERS or len(path.parts) == 1
    return is_of_suite and path.suffix.lower() in _TEXTS and not path.name.endswith(".service-key.json")
