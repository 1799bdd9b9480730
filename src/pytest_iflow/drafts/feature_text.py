"""The text of a feature: Gherkin that reads back as the draft says, whatever texts are in it.

``in_quotes`` and ``literal`` are for whoever makes steps: what stands in quotes, and what is to be sent as it
is although it looks like a variable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pytest_iflow.drafts.draft import FeatureDraft, ScenarioDraft, StepDraft
from pytest_iflow.drafts.file_names import Names
from pytest_iflow.gherkin.source import selectable

_NO_NAME = "Without a name"
_PLAIN_LINE = re.compile(r"[^\W_]")
"""How a line of a description begins that is surely prose, if its first word is no keyword."""
_KEYWORDS = frozenset(
    {"feature", "background", "scenario", "scenarios", "outline", "example", "examples", "rule"}
)
_CLOSE_TO_KEYWORD = re.compile(r"(?:given|when|then|and|but)", re.IGNORECASE)
_SWITCH = re.compile(r"^(\s*)lint:", re.IGNORECASE)
_NO_TAG = re.compile(r"[^\w().,:/=+-]+")
_DELIMITERS = ('"""', "```")
_MASKED_QUOTES = re.compile(r"""\\["']|\\$""")


def in_quotes(text: str) -> str | None:
    """Return a text as a phrase has it in quotes, or None where no step can hold it.

    A step is one line, and cannot hold a backslash before a quote or at the end.
    """
    if "\n" in text or "\r" in text or not fits_line(text) or _MASKED_QUOTES.search(text):
        return None
    if '"' not in text:
        return f'"{text}"'
    return f"'{text}'" if "'" not in text else '"' + text.replace('"', '\\"') + '"'


def literal(text: str) -> str:
    """Return a text in which nothing is a variable: ``${`` becomes ``$${``."""
    return text.replace("${", "$${")


def fits_line(text: str) -> bool:
    """Whether a text can stand in one line of a feature, as it is."""
    return not re.search(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]", text)


def fits_doc_string(text: str) -> bool:
    """Whether a text can stand below a step and is sent as it is; a file holds what cannot.

    Gherkin has no carriage return of its own, and a feature no control character.
    """
    held = text.replace("\n", "").replace("\t", "")
    return fits_line(held) and _delimited(text) is not None


def feature_text(feature: FeatureDraft) -> str:
    """Return the text of a feature file, with one line end at its end.

    Scenarios of one name are told apart by a number. Raises ValueError for a doc string that does not fit.
    """
    return "\n".join((feature_head(feature), *scenario_texts(feature).values()))


def feature_head(feature: FeatureDraft) -> str:
    """Return what stands above the scenarios: tags, the name and the description."""
    lines = [*_tag_line(feature.tags), f"Feature: {_one_line(feature.name) or _NO_NAME}"]
    lines += [f"  {line}" if line else "" for line in _description(feature.description)]
    return "\n".join(lines) + "\n"


def scenario_texts(feature: FeatureDraft) -> dict[str, str]:
    """Return the text of each scenario by its name, which is one of its own in the feature.

    Raises ValueError for a doc string that does not fit.
    """
    names = Names(selectable)
    found: dict[str, str] = {}
    for scenario in feature.scenarios:
        name = names.add(_one_line(scenario.name) or _NO_NAME)
        found[name] = "\n".join(_scenario(scenario, name)) + "\n"
    return found


def _scenario(scenario: ScenarioDraft, name: str) -> Iterator[str]:
    for comment in scenario.comments:
        yield from (f"  {_comment(line)}" for line in _lines(comment))
    yield from (f"  {line}" for line in _tag_line(scenario.tags))
    yield f"  Scenario: {name}"
    for step in scenario.steps:
        yield from (f"    {line}" if line else "" for line in _step(step))


def _step(step: StepDraft) -> Iterator[str]:
    yield f"{step.keyword} {_one_line(step.phrase)}"
    if step.doc_string is not None:
        parts = _delimited(step.doc_string)
        if parts is None:
            raise ValueError(f"a text that no doc string can hold, below: {step.phrase}")
        delimiter, text = parts
        yield from (f"  {line}" if line else "" for line in (delimiter, *text.split("\n"), delimiter))
    yield from (f"  {line}" for line in _table(step.table))


def _delimited(text: str) -> tuple[str, str] | None:
    """Return delimiter and text of a doc string; None where Gherkin would read another text."""
    for delimiter in _DELIMITERS:
        if delimiter not in text and _escaped(delimiter) not in text:
            return delimiter, text
    for delimiter in _DELIMITERS:
        if _escaped(delimiter) not in text:
            return delimiter, text.replace(delimiter, _escaped(delimiter))
    return None


def _escaped(delimiter: str) -> str:
    return "".join(f"\\{each}" for each in delimiter)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    written = [[_cell(cell) for cell in row] for row in rows]
    columns = max(map(len, written), default=0)
    widths = [max((len(row[at]) for row in written if at < len(row)), default=0) for at in range(columns)]
    for row in written:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=False))
        yield f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("|", "\\|")
    return "\\n".join(escaped.splitlines()).strip()


def _tag_line(tags: Sequence[str]) -> list[str]:
    written = [f"@{_NO_TAG.sub('-', tag.lstrip('@')).strip('-').lstrip('_.,:/=+-()')}" for tag in tags]
    shown = [tag for tag in dict.fromkeys(written) if tag != "@"]
    return [" ".join(shown)] if shown else []


def _description(text: str) -> Iterator[str]:
    """Yield the lines of a description; those that Gherkin or lint may read otherwise, as comments."""
    for line in _lines(text):
        word = re.split(r"[\s:]", line, maxsplit=1)[0]
        is_plain = _PLAIN_LINE.match(line) and not _CLOSE_TO_KEYWORD.match(line)
        has_colon = ":" in line.split(" ", 2)[0] or word.casefold() in _KEYWORDS
        yield line if not line or (is_plain and not has_colon) else _comment(line)


def _comment(line: str) -> str:
    """Return a comment; one that would switch rules of lint off does so no more."""
    return "# {}".format(_SWITCH.sub(r"\1lint :", line)).rstrip()


def _lines(text: str) -> list[str]:
    return [_one_line(line) for line in text.splitlines()]


def _one_line(text: str) -> str:
    """Return a text in one line, with a blank for what a line cannot hold."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+", " ", text).strip()
