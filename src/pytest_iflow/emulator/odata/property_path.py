"""Paths to properties, as ``$filter`` and ``$orderby`` have them: own ones, and those of one other entity."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_iflow.emulator.odata.edm import EdmType
from pytest_iflow.emulator.odata.model import EntitySet, Model, columns
from pytest_iflow.emulator.odata.sql import Sql, all_of

ROOT_ALIAS = "s"


@dataclass(frozen=True, slots=True)
class PropertyPaths:
    """The paths that start at an entity set, which stands in the query under an alias."""

    model: Model
    entity_set: EntitySet
    alias: str = ROOT_ALIAS

    def find(self, path: str) -> tuple[Sql, EdmType] | None:
        """Return the expression and type of a path; None if there is no such property.

        A path may lead through a navigation to one entity, not through one to many (OData V2).
        """
        entity_type = self.entity_set.type
        own = columns(entity_type).get(path)
        if own is not None:
            return Sql.column(self.alias, path), own.type
        head, _, rest = path.partition("/")
        navigation = entity_type.navigation(head)
        if navigation is None or navigation.many or not rest:
            return None
        target = PropertyPaths(self.model, self.model.set(navigation.target), f"{self.alias}{head}")
        found = target.find(rest)
        if found is None:
            return None
        wanted, edm_type = found
        matches = all_of(
            Sql.of("{0} = {1}", Sql.column(target.alias, theirs), Sql.column(self.alias, ours))
            for ours, theirs in navigation.on
        )
        view = Sql(f'"{target.entity_set.name}" AS "{target.alias}"')
        return Sql.of("(SELECT {0} FROM {1} WHERE {2})", wanted, view, matches), edm_type
