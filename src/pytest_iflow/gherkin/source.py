"""A feature file as data: its scenarios and rows, each with its line, and the names that select them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count
from pathlib import Path

from msgspec import Struct
from pytest_bdd.parser import Feature

from pytest_iflow.errors import FeatureFileError, FileProblem
from pytest_iflow.secrets.registry import mask


class Row(Struct, frozen=True):
    """One row of an Examples table: the values by column, and the id that selects it.

    ``repetition`` is 2 for the second row with the same id, and so on. ``line`` is its line in the feature.
    Where it comes from a data file that is the line of its table; ``data_file`` is the file, as it is named
    from the root of the suite, and ``data_line`` its line there, in Excel the number of the row.
    """

    id: str
    repetition: int
    line: int
    values: dict[str, str]
    tags: tuple[str, ...]
    data_file: str = ""
    data_line: int = 0


class ProseLine(Struct, frozen=True):
    """A line of a description that begins like a step: the texts of the steps that it may have been.

    ``is_suspicious`` where it is hardly prose: the keyword, in other letters or alone, begins a paragraph.
    """

    line: int
    written: str
    steps: tuple[str, ...]
    is_suspicious: bool


class ScenarioSource(Struct, frozen=True):
    """One scenario or outline as written; ``tags`` include those of feature and rule, without the ``@``.

    ``key`` is its name, behind that of its rule where several rules share it. ``prose``
    comes from all descriptions that it stands under, those of its backgrounds included.
    """

    name: str
    key: str
    keyword: str
    line: int
    rule: str | None
    description: str
    tags: tuple[str, ...]
    rows: tuple[Row, ...]
    prose: tuple[ProseLine, ...]

    @property
    def test_name(self) -> str:
        """What a node id calls it."""
        return selectable(self.key)


class FeatureSource(Struct, frozen=True):
    """A feature file; ``feature`` is the same for pytest-bdd, which knows the scenarios by their ``key``.

    One that cannot be read has an ``error``, its path for a name, and one scenario, ``UNREADABLE``.
    ``assumed`` is what had to be assumed of its data files, each with its place.
    """

    path: Path
    feature: Feature
    scenarios: tuple[ScenarioSource, ...]
    error: FeatureFileError | None = None
    assumed: tuple[FileProblem, ...] = ()


UNREADABLE = "<file cannot be read>"
"""Name of what stands for all scenarios of a feature file that cannot be read."""


LONGEST = 80
"""Characters of an id; a longer one is cut, since it is typed and read."""


def selectable(text: str) -> str:
    """Replace what separates the parts of a node id, ``::`` and brackets. Mask secrets, escape the unseen.

    pytest writes ids into its cache, and they have to be the same when it reads them.
    """
    text = mask(text)
    for written, instead in (("::", ":"), ("[", "("), ("]", ")")):
        text = text.replace(written, instead)
    return _readable(" ".join(text.split()))


def _readable(text: str) -> str:
    """Escape characters that cannot be seen, as Python writes them."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def escaped_id(node_id: str) -> str:
    """Return a node id as earlier versions had it: pytest escaped all but ASCII in the id of a row."""
    node, bracket, row = node_id.partition("[")
    return node + bracket + row.encode("unicode_escape").decode("ascii")


def row_ids(rows: Iterable[Sequence[str]]) -> list[tuple[str, int]]:
    """Return an id for each row, its values joined by ``-``, and how often it has come so far.

    Equal ids are told apart by ``#2``, ``#3`` and so on.
    """
    seen: Counter[str] = Counter()
    taken: set[str] = set()
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(2))
    ids = []
    for values in rows:
        name = selectable("-".join(values))[:LONGEST].strip() or "empty"
        seen[name] += 1
        numbered = (f"{name}#{number}" for number in numbers[name])
        row_id = next(one for one in chain([name], numbered) if one not in taken)
        taken.add(row_id)
        ids.append((row_id, seen[name]))
    return ids
