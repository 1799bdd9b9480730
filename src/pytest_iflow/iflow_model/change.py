"""One change of a flow, and how parts of two states of it are found to be the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

from msgspec import Struct

Part = TypeVar("Part")
Pairs = list[tuple[Part | None, Part | None]]

VERSIONS = frozenset({
    "cmdVariantUri", "componentVersion", "ComponentSWCVId",
    "TransportProtocolVersion", "MessageProtocolVersion",
})  # fmt: skip
"""Properties that say the version of a component, each in its own way."""

SAID_ELSEWHERE = VERSIONS | {
    "activityType",
    "subActivityType",
    "Name",
    "system",
    "direction",
    "ComponentType",
}
"""Properties that are compared in another way, or say nothing of their own."""


class Change(Struct, frozen=True):
    """One change.

    ``what`` is a word for scripts, such as ``step-renamed``; ``id`` and ``name`` are those of the part that
    changed, ``words`` is the sentence, ``process`` the name of the process that the part is in. ``old`` and
    ``new`` are values, where there are two.
    """

    what: str
    id: str
    name: str
    words: str
    process: str = ""
    old: str = ""
    new: str = ""


def paired(
    old: Mapping[str, Part], new: Mapping[str, Part], name_of: Callable[[Part], Hashable]
) -> Pairs[Part]:
    """Return the parts that belong together, and those that have no other: the new ones in their order first.

    They belong together by id; else by name, in their order where as many have that name on both sides.
    """
    left = {own: one for own, one in old.items() if own not in new}
    by_name = _named(left, name_of)
    partner = {own: own for own in new if own in old}
    for name, ids in _named({own: one for own, one in new.items() if own not in old}, name_of).items():
        if len(by_name.get(name, [])) == len(ids):
            partner.update(zip(ids, by_name[name], strict=True))
    found: Pairs[Part] = [(old[partner[own]] if own in partner else None, one) for own, one in new.items()]
    taken = set(partner.values())
    return found + [(one, None) for own, one in left.items() if own not in taken]


def _named(parts: Mapping[str, Part], name_of: Callable[[Part], Hashable]) -> dict[Hashable, list[str]]:
    found: dict[Hashable, list[str]] = {}
    for own, part in parts.items():
        found.setdefault(name_of(part), []).append(own)
    return found
