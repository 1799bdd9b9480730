"""The phrase that judges many values at once, a row for each."""

from __future__ import annotations

from functools import lru_cache

from pytest_iflow.checks.path import check_path
from pytest_iflow.checks.relations import Relation
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.gherkin.vocabulary import then

from .conversation import Conversation
from .relations import closest_relation, read_relation
from .values import Value, is_value, read_value

_COLUMNS = ("path", "relation", "value")


def _read_rows(datatable: list[list[str]]) -> list[tuple[Value, Relation]]:
    """Read all rows; raises ConfigurationError for the first that cannot be read."""
    rows = datatable[1:] if datatable and tuple(datatable[0]) == _COLUMNS else datatable
    if any(len(row) != len(_COLUMNS) for row in rows):
        raise ConfigurationError(
            f"the table has {len(datatable[0])} column(s), and needs {len(_COLUMNS)}: {', '.join(_COLUMNS)}",
            remedy="leave the value empty where a relation has none: | $.id | exists | |",
        )
    if not rows:
        raise ConfigurationError(
            "the table has no row below its names: nothing would be checked",
            remedy="write a row for each value: | $.id | exists | |",
        )
    return [_read_row(*row) for row in rows]


@lru_cache(maxsize=4096)
def _read_row(path: str, relation: str, value: str) -> tuple[Value, Relation]:
    """Read a row; a value that is no literal is a text."""
    if is_value(path):
        subject = read_value(path)
    else:
        check_path(path)
        subject = Value(path, "response value at", path)
    escaped = value.replace('"', '\\"')
    found = read_relation(f"{relation} {value}".rstrip()) or read_relation(f'{relation} "{escaped}"')
    if found is None:
        raise _unknown_relation(path, relation, value)
    return subject, found


def _unknown_relation(path: str, relation: str, value: str) -> ConfigurationError:
    if value and read_relation(relation) is not None:
        return ConfigurationError(
            f'the row of {path} says "{relation}", which takes no value, and has the value "{value}"',
            remedy="leave the value empty, or correct the relation",
        )
    near = closest_relation(f"{relation} {value}".rstrip())
    question = f"; did you mean: {near}?" if near else ""
    return ConfigurationError(
        f'the row of {path} has no relation that is known: "{f"{relation} {value}".strip()}"{question}',
        remedy="pytest-iflow steps value lists them: what comes behind the value is the relation",
    )


@then("the response has these values:", below=_read_rows)
def has_values(conversation: Conversation, datatable: list[list[str]]) -> None:
    """Judge all rows: a path, a relation such as "is at least", and a value; all that fail are listed."""
    failures: list[CheckError] = []
    rows = _read_rows(datatable)
    for value, relation in rows:
        try:
            value.expect(conversation, relation)
        except CheckError as error:
            failures.append(error)
    if failures:
        said = "".join("\n  " + each.what.replace("\n", "\n  ") for each in failures)
        hold = "does not hold" if len(failures) == 1 else "do not hold"
        judged = f"{len(rows)} rows" if len(rows) > 1 else "1 row"
        failure = CheckError(f"{len(failures)} of {judged} {hold}:{said}")
        if all(each.rows for each in failures):
            failure.rows = [row for each in failures for row in each.rows]
        raise failure
