"""Relations of objects, and of elements of XML: what they have, by name."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from lxml.etree import QName, _Element
from msgspec.structs import replace

from pytest_iflow.checks.path import Found
from pytest_iflow.checks.quoting import shown
from pytest_iflow.checks.relations import Literal, Relation, UnfitError, as_written


def has_keys(wanted: Sequence[Literal], *, exactly: bool, negated: bool) -> Relation:
    """An object with members of these names, or with these and no other; negated, with none of these.

    The names of an element of XML are those of the elements in it, and those of its attributes behind ``@``.
    """
    names = frozenset(map(as_written, wanted))
    what = ", ".join(shown(as_written(each)) for each in wanted)
    key = "key" if len(names) == 1 else "keys"
    verbs = ("has ", "does not have ")

    def note(found: Found) -> str:
        keys = _keys_of(found)
        lists = {"missing": sorted(names - keys)}
        lists |= {"surplus": [each for each in keys if each not in names]} if exactly else {}
        told = [f"{word} {', '.join(map(shown, each))}" for word, each in lists.items() if each]
        return f", {'; '.join(told)}"

    if exactly:
        relation = Relation(f"exactly the {key} {what}", lambda found: _keys_of(found) == names, verbs)
        return replace(relation, note=note).unless(negated)
    what = f"the {key} {what}"
    if negated:
        return Relation(what, lambda found: not _keys_of(found) & names, (verbs[1], verbs[0]))
    return Relation(what, lambda found: names <= _keys_of(found), verbs, note=note)


def _keys_of(found: Found) -> AbstractSet[str]:
    if isinstance(found.value, dict):
        return found.value.keys()
    if not isinstance(found.origin, _Element):
        raise UnfitError("no object")
    attributes = (f"@{QName(name).localname}" for name in found.origin.attrib)
    return {*(QName(each).localname for each in found.origin), *attributes}
