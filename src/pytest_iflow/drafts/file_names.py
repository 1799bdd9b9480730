"""Names that are made of any text: of files and folders on every system, of iFlows, variables, scenarios."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

LONGEST_NAME = 60
"""Characters of a file name without its ending: Windows has 247 for a whole path."""

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE | re.ASCII)
"""What Windows keeps for devices, with any ending ("Naming Files, Paths, and Namespaces")."""
_NO_NAME = "unnamed"
_ODD = re.compile(r"[^A-Za-z0-9]+")
_ODD_BUT_DOTS = re.compile(r"[^A-Za-z0-9._-]+")
_ODD_OF_VARIABLE = re.compile(r"[^A-Za-z0-9_-]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])")
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


class Names:
    """Names of one place, such as a folder or a feature: no two of them are the same by ``key``."""

    def __init__(self, key: Callable[[str], str] = str.casefold, taken: Iterable[str] = ()) -> None:
        self._key = key
        self._taken = {key(name) for name in taken}
        self._counts: dict[str, int] = {}

    def add(self, name: str, ending: str = "", between: str = " ") -> str:
        """Return ``name`` with ``ending``; where that is taken, with a number before the ending. Keep it."""
        number = self._counts.get(self._key(name + ending), 1)
        free = name + ending
        while self._key(free) in self._taken:
            number += 1
            free = f"{name}{between}{number}{ending}"
        self._counts[self._key(name + ending)] = number
        self._taken.add(self._key(free))
        return free

    def add_file(self, name: str, ending: str = "") -> str:
        """Return a file name that is free: ``order.json``, ``order-2.json``."""
        return self.add(name, ending, "-")


def file_name(text: str, ending: str = "") -> str:
    """Return the name of a file or a folder for a text: small letters, digits and hyphens.

    ``ending`` such as ``.json`` is put behind it.
    """
    plain = _ODD.sub("-", _ascii(_CAMEL.sub("-", text))).strip("-").lower()
    name = plain[:LONGEST_NAME].strip("-") or _NO_NAME
    return (f"{name}-file" if _RESERVED.fullmatch(name) else name) + ending


def iflow_name(text: str) -> str:
    """Return the name of an iFlow, a client or an environment for a text, as the tenant file takes it."""
    name = _ODD_BUT_DOTS.sub("-", _ascii(text)).strip("-._")[:LONGEST_NAME].rstrip("-._") or _NO_NAME
    return f"x-{name}" if _RESERVED.fullmatch(name.partition(".")[0]) else name


def variable_name(text: str) -> str:
    """Return the name of a variable for a text, as features and the tenant file take it."""
    name = _ODD_OF_VARIABLE.sub("-", _ascii(text)).strip("-_")
    return name if name[:1].isalpha() else f"x{'-' if name else ''}{name}"


def _ascii(text: str) -> str:
    spelled = unicodedata.normalize("NFKD", text.translate(_SPELLED))
    bare = "".join(each for each in spelled if not unicodedata.combining(each))
    return bare.encode("ascii", "replace").decode()
