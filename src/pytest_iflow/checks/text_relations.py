"""Relations of texts: what is in them, how they begin and end, which pattern they fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_iflow.checks.path import Found
from pytest_iflow.checks.quoting import as_text, quoted, shown_end, similar, spelling_note
from pytest_iflow.checks.relations import Literal, Relation, UnfitError, as_written, holds_for
from pytest_iflow.checks.time_limits import SECONDS_OF_A_STEP, SECONDS_OF_A_TEXT, pattern_time

LONGEST_FOR_A_PATTERN = 2_000_000
"""Characters of a value that a regular expression is searched in: what it may take grows with them."""

CONTAINS = ("contains ", "does not contain ")


def contains(wanted: str) -> Relation:
    """A text within a text, or an item of an array, compared as text; raises ValueError for an empty one."""
    _refuse_empty(wanted, "contains")

    def holds(found: Found) -> bool:
        if isinstance(found.value, list):
            return any(as_text(item) == wanted for item in found.value)
        if isinstance(found.value, dict):
            raise UnfitError('an object; write the step "the response contains:" with a text below it')
        return wanted in as_text(found.value)

    return Relation(quoted(wanted), holds, CONTAINS, note=_similar_to(wanted))


def _refuse_empty(wanted: str, verb: str) -> None:
    if not wanted:
        raise ValueError(f'every text {verb} the empty one: say which text is expected, or "is empty"')


def contains_several(words: str, wanted: Sequence[Literal]) -> Relation:
    """Contain ``any of`` or ``all of`` several texts or items."""
    parts = [contains(as_written(each)) for each in wanted]
    decide = any if words == "any of" else all
    written = ", ".join(map(str, wanted))

    def note(found: Found) -> str:
        return next((said for each in parts if each.note and (said := each.note(found))), "")

    return Relation(
        f"{words} {written}",
        lambda found: decide(holds_for(each, found) for each in parts),
        CONTAINS,
        note=note,
    )


def _similar_to(wanted: str) -> Callable[[Found], str]:
    """Say where a text has what only looks like the wanted one."""

    def note(found: Found) -> str:
        is_text = isinstance(found.value, str) and wanted not in found.value
        return similar(wanted, found.value) if is_text else ""

    return note


def starts_with(wanted: str) -> Relation:
    """A text that begins with another; raises ValueError for an empty one."""
    _refuse_empty(wanted, "starts with")
    verbs = ("starts with ", "does not start with ")
    return Relation(
        quoted(wanted),
        lambda found: as_text(found.value).startswith(wanted),
        verbs,
        note=_similar_to(wanted),
    )


def ends_with(wanted: str) -> Relation:
    """A text that ends with another; raises ValueError for an empty one."""
    _refuse_empty(wanted, "ends with")
    verbs = ("ends with ", "does not end with ")
    return Relation(
        quoted(wanted),
        lambda found: as_text(found.value).endswith(wanted),
        verbs,
        pair=lambda found: (quoted(wanted), shown_end(as_text(found.value))),
        note=_similar_to(wanted),
    )


def matches(pattern: str) -> Relation:
    """A text that fits a regular expression as a whole; raises ValueError for a pattern that is none."""
    import regex  # of the libraries in use it is the one that can be told to stop

    try:
        compiled = regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f'"{pattern}" is no regular expression: {error}') from None
    verbs = ("matches ", "does not match ")
    too_slow: set[str] = set()  # a value is judged again for the words of a failure

    def holds(found: Found) -> bool:
        value = as_text(found.value)
        if len(value) > LONGEST_FOR_A_PATTERN:
            raise UnfitError(
                f"{len(value):,} characters, too long for a regular expression: look for a text with contains"
            )
        try:
            if value not in too_slow:
                with pattern_time() as seconds:
                    return compiled.fullmatch(value, timeout=seconds) is not None
        except (TimeoutError, MemoryError):
            too_slow.add(value)
        raise UnfitError(
            f"which could not be compared within {SECONDS_OF_A_TEXT:g} s, or all values within "
            f"{SECONDS_OF_A_STEP:g} s: write a simpler pattern"
        )

    return Relation(quoted(pattern), holds, verbs, note=_spelling)


def equals_ignoring(wanted: str, *, case: bool, blanks: bool) -> Relation:
    """Equal to a text but for upper and lower case, for blanks, or for both."""

    def bare(each: str) -> str:
        each = "".join(each.split()) if blanks else each
        return each.casefold() if case else each

    left_out = " and ".join(["case"] * case + ["blanks"] * blanks)
    verbs = ("equals ", "does not equal ")
    return Relation(
        f"{quoted(wanted)} ignoring {left_out}",
        lambda found: bare(as_text(found.value)) == bare(wanted),
        verbs,
        note=_spelling,
    )


def _spelling(found: Found) -> str:
    return spelling_note(found.value) if isinstance(found.value, str) else ""
