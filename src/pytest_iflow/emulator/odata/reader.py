"""Reads entities from the database, with those that are expanded in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pytest_iflow.emulator.odata.edm import Value
from pytest_iflow.emulator.odata.filter import ROOT_ALIAS, Sql
from pytest_iflow.emulator.odata.model import EntitySet, Model, Navigation, ODataError
from pytest_iflow.emulator.odata.query_options import Selection, Shape

# Entities on one page of the server's (wire-facts 5.1).
PAGE = 1000

Row = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity in its shape: values by column, expanded ones by navigation (None: there is none)."""

    shape: Shape
    values: Row
    expanded: dict[str, list[Entity] | Entity | None]


@dataclass(frozen=True, slots=True)
class Page:
    """Entities; ``count`` of all if it was asked for, ``delivered`` so far if there are more."""

    entities: list[Entity]
    count: int | None = None
    delivered: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a media entity holds; a file has a ``name``."""

    content: bytes
    content_type: str
    name: str | None = None


class Reader:
    """Runs queries on one database, under its ``lock``."""

    def __init__(self, model: Model, database: sqlite3.Connection, lock: AbstractContextManager[Any]) -> None:
        self._model = model
        self._database = database
        self._lock = lock
        # SQLite's own lower() knows no letters but those of English.
        database.create_function("tolower", 1, _lower, deterministic=True)

    def page(self, selection: Selection) -> Page:
        """Read a page of what is selected."""
        with self._lock:
            count = self.count(selection.entity_set, selection.condition) if selection.count else None
            rest = PAGE + 1 if selection.top is None else max(0, selection.top - selection.delivered)
            text = "ORDER BY {0} LIMIT {1} OFFSET {2}"
            limit = Sql.value(min(rest, PAGE + 1))
            offset = Sql.value(selection.skip + selection.delivered)
            tail = Sql.of(text, selection.order, limit, offset)
            entities = self._entities(selection.shape, selection.condition, tail)
        if len(entities) > PAGE:
            return Page(entities[:PAGE], count, selection.delivered + PAGE)
        return Page(entities, count)

    def entity(self, shape: Shape, condition: Sql) -> Entity | None:
        """Read the entity of a condition, or None if there is none."""
        with self._lock:
            found = self._entities(shape, condition, Sql("LIMIT 1"))
        return found[0] if found else None

    def content(self, entity_set: EntitySet, condition: Sql) -> Content | None:
        """Read the content of the media entity of a condition, or None if there is no such entity."""
        columns = ['"$value"', '"$type"', '"$name"' if entity_set.file_content else "NULL"]
        rows = self._rows(columns, entity_set, condition, Sql("LIMIT 1"))
        if not rows:
            return None
        content, content_type, name = rows[0]
        return Content(content if isinstance(content, bytes) else str(content).encode(), content_type, name)

    def count(self, entity_set: EntitySet, condition: Sql) -> int:
        """Count the entities of a condition."""
        return int(self._rows(["count(*)"], entity_set, condition, Sql(""))[0][0])

    def _entities(self, shape: Shape, condition: Sql, tail: Sql) -> list[Entity]:
        columns = shape.columns()
        names = [Sql.column(ROOT_ALIAS, name).text for name in columns]
        rows = self._rows(names, shape.entity_set, condition, tail)
        entities = [Entity(shape, dict(zip(columns, row, strict=True)), {}) for row in rows]
        for name, inner in shape.expanded.items():
            navigation = shape.entity_set.type.navigation(name)
            if navigation and entities:
                self._expand(navigation, inner, entities)
        return entities

    def _expand(self, navigation: Navigation, inner: Shape, entities: list[Entity]) -> None:
        """Read what all entities link to in one query, and put it into them."""
        ours, theirs = zip(*navigation.on, strict=True)
        links = sorted({tuple(entity.values[name] for name in ours) for entity in entities}, key=repr)
        linked = ", ".join(Sql.column(ROOT_ALIAS, name).text for name in theirs)
        marks = ", ".join(f"({', '.join('?' * len(theirs))})" for _ in links)
        condition = Sql(f"({linked}) IN (VALUES {marks})", tuple(value for link in links for value in link))
        order = ", ".join(Sql.column(ROOT_ALIAS, key).text for key in inner.entity_set.type.key)
        linking = Shape(inner.entity_set, [*inner.properties, *theirs], inner.deferred, inner.expanded)
        found: dict[tuple[Value, ...], list[Entity]] = {}
        for each in self._entities(linking, condition, Sql(f"ORDER BY {order}")):
            link = tuple(each.values[name] for name in theirs)
            found.setdefault(link, []).append(Entity(inner, each.values, each.expanded))
        for entity in entities:
            matching = found.get(tuple(entity.values[name] for name in ours), [])
            entity.expanded[navigation.name] = matching if navigation.many else next(iter(matching), None)

    def _rows(
        self, columns: Iterable[str], entity_set: EntitySet, condition: Sql, tail: Sql
    ) -> list[tuple[Any, ...]]:
        # Names are the model's; what a caller sends is a parameter.
        statement = (
            f'SELECT {", ".join(columns)} FROM "{entity_set.name}" AS "{ROOT_ALIAS}" '  # noqa: S608
            f"WHERE {condition.text} {tail.text}"
        )
        try:
            with self._lock:
                return self._database.execute(statement, condition.parameters + tail.parameters).fetchall()
        except sqlite3.OperationalError as error:
            # Statement and tables are right, so a limit of SQLite was reached.
            raise ODataError(HTTPStatus.BAD_REQUEST, f"The query is too complex: {error}.") from error


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()
