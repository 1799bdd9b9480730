"""Allure results of another machine: data that somebody else wrote, taken over as nothing more than that."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.suite_files import NO_FILE, read_regular

_DOCUMENT = re.compile(r"[\w.-]+-(result|container)\.json|executor\.json")
_OTHER = re.compile(r"[\w.-]+-attachment[\w.-]*|environment\.properties")
_PLAIN_NAME = re.compile(r"\w[\w.-]*")
_LINK = re.compile(r"https?://\S+|[^\s:]*", re.IGNORECASE)
_ACTIVE = re.compile(r"html|svg|script", re.IGNORECASE)
_AS_TEXT = "text/plain"
_MARKUP = frozenset({"descriptionHtml"})
"""What Allure shows as HTML, which no reporter of ours writes."""
_ADDRESSES = frozenset({"url", "buildUrl", "reportUrl"})


def require_plain(folder: Path, names: Iterable[str]) -> None:
    """Raise ConfigurationError where one of ``names`` is in ``folder`` and no regular file there."""
    for name in names:
        path = folder / name
        if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
            raise ConfigurationError(
                f"A report holds what no run writes: {NO_FILE}.",
                where=str(path),
                remedy="Remove it, or take the reports anew from the machine that wrote them.",
            )


def copy_results(source: Path, target: Path) -> None:
    """Copy the results of a folder that ``require_plain_results`` let pass; raises OSError.

    Files that no reporter of ours writes, and documents that are no JSON, stay behind. In documents is left
    out what a browser would act on: HTML, addresses but those of the web, attachments by another name than
    that of a file beside them.
    """
    for name in sorted(path.name for path in source.iterdir()):
        if _DOCUMENT.fullmatch(name):
            data = read_regular(source / name, follow=False)
            try:
                document = json.loads(data)
                harmless = _harmless(document)
            except (ValueError, RecursionError):
                continue
            if harmless != document:
                data = json.dumps(harmless, ensure_ascii=False).encode("utf-8", "backslashreplace")
            (target / name).write_bytes(data)
        elif _OTHER.fullmatch(name):
            (target / name).write_bytes(read_regular(source / name, follow=False))


def require_plain_results(source: Path) -> None:
    """Raise ConfigurationError for a folder of results that is a link, or holds one, a pipe or a folder."""
    if source.is_symlink():
        require_plain(source.parent, (source.name,))
    require_plain(source, (path.name for path in source.iterdir()))


def _harmless(value: Any) -> Any:
    if isinstance(value, list):
        return [_harmless(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _harmless(_listed(key, held))
        for key, held in value.items()
        if key not in _MARKUP and (key not in _ADDRESSES or _is_address(held))
    }


def _listed(key: str, held: Any) -> Any:
    """The links and attachments of a result that are harmless; anything else as it is."""
    if key == "links" and isinstance(held, list):
        return [each for each in held if isinstance(each, dict) and _is_address(each.get("url"))]
    if key == "attachments" and isinstance(held, list):
        return [_as_text(each) for each in held if _is_beside(each)]
    return held


def _is_address(value: object) -> bool:
    return isinstance(value, str) and bool(_LINK.fullmatch(value))


def _is_beside(attachment: object) -> bool:
    source = attachment.get("source") if isinstance(attachment, dict) else None
    return isinstance(source, str) and bool(_PLAIN_NAME.fullmatch(source))


def _as_text(attachment: dict[str, Any]) -> dict[str, Any]:
    """An attachment that a browser would run is shown as its source."""
    kind = str(attachment.get("type") or _AS_TEXT)
    return {**attachment, "type": _AS_TEXT} if _ACTIVE.search(kind) else attachment
