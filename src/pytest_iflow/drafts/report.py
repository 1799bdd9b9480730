"""What became of a draft, in sentences for a terminal and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pytest_iflow.drafts.draft import Fate, Remark
from pytest_iflow.drafts.feature_merge import Change
from pytest_iflow.drafts.writing import WrittenDraft

_LISTED = 50
"""Remarks of one kind that a terminal shows; JSON has all."""
_LINES_OF_DIFFERENCE = 30
_PAIR = 2

_HEADINGS = {
    Fate.CHANGED: "Changed, so look at it:",
    Fate.LEFT: "Left, since nothing here does the same:",
}
_KEPT = {
    "edited": "edited here, so it stays",
    "removed": "removed here, so it stays away",
    "vanished": "no longer in the source; remove it if nobody needs it",
}


def report_lines(written: WrittenDraft, *, is_trial: bool = False) -> Iterator[str]:
    """Yield the lines that a person reads: what was left and why, what stays, counts at the end."""
    for fate, heading in _HEADINGS.items():
        remarks = [remark for remark in written.remarks if remark.fate is fate]
        if remarks:
            yield heading
            lines = list(_by_sentence(remarks))
            yield from lines[:_LISTED]
            if len(lines) > _LISTED:
                yield f"  and {len(lines) - _LISTED:,} more; --json lists all"
            yield ""
    kept = [change for change in written.changes if change.what in _KEPT]
    if kept:
        yield "Kept as it is here:"
        for change in kept[:_LISTED]:
            yield from _kept(change)
        if len(kept) > _LISTED:
            yield f"  and {len(kept) - _LISTED:,} more; --json lists all"
        yield ""
    yield from (f"  {path}" for path in written.written[:_LISTED])
    if len(written.written) > _LISTED:
        yield f"  and {len(written.written) - _LISTED:,} more files; --json lists all"
    yield _counts(written, is_trial=is_trial)


def report_data(written: WrittenDraft, *, is_trial: bool = False) -> dict[str, Any]:
    """Return the same as JSON has it."""
    return {
        "source": written.source,
        "into": str(written.into),
        "trial": is_trial,
        "counts": {
            **{fate.value: number for fate, number in _fates(written.remarks).items()},
            **{f"{what} here": number for what, number in _counted(written.changes).items()},
        },
        "remarks": [
            {"fate": each.fate.value, "origin": each.origin, "what": each.what} for each in written.remarks
        ],
        "changes": [
            {
                "what": each.what,
                "file": each.path,
                "scenario": each.scenario or None,
                "difference": each.difference or None,
            }
            for each in written.changes
        ],
        "written": list(written.written),
    }


def _by_sentence(remarks: Sequence[Remark]) -> Iterator[str]:
    """Yield a line for each remark; one for all that say the same."""
    by_sentence: dict[str, list[str]] = {}
    for remark in remarks:
        by_sentence.setdefault(remark.what, []).append(remark.origin)
    for what, origins in by_sentence.items():
        more = f" and {len(origins) - 1:,} others" if len(origins) > _PAIR else ""
        named = origins[:1] if more else origins
        yield from (f"  {origin}{more}: {what}" for origin in named)


def _kept(change: Change) -> Iterator[str]:
    name = f'"{change.scenario}" in {change.path}' if change.scenario else change.path
    yield f"  {name}: {_KEPT[change.what]}"
    lines = change.difference.split("\n") if change.difference else []
    yield from (f"      {line}" for line in lines[:_LINES_OF_DIFFERENCE])
    if len(lines) > _LINES_OF_DIFFERENCE:
        yield f"      … {len(lines) - _LINES_OF_DIFFERENCE:,} more lines"


def _fates(remarks: tuple[Remark, ...]) -> dict[Fate, int]:
    counts = Counter(remark.fate for remark in remarks)
    return {fate: counts[fate] for fate in Fate}


def _counted(changes: tuple[Change, ...]) -> dict[str, int]:
    return dict(sorted(Counter(change.what for change in changes).items()))


def _counts(written: WrittenDraft, *, is_trial: bool) -> str:
    told = ", ".join(f"{number:,} {fate.value}" for fate, number in _fates(written.remarks).items())
    here = ", ".join(f"{number:,} {what}" for what, number in _counted(written.changes).items())
    files = f"{len(written.written):,} file{'' if len(written.written) == 1 else 's'}"
    done = f"{files} would be written to" if is_trial else f"{files} written to"
    place = "this folder" if written.into == Path() else written.into
    return f"{written.source}: {told}. Here: {here or 'nothing'}; {done} {place}."
