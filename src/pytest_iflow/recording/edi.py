"""EDIFACT and X12 made anonymous: by elements that hold names, addresses and the like, and by shape."""

from __future__ import annotations

import re

from pytest_iflow.checks.flat_records import FlatMessage, Marks, marks_of
from pytest_iflow.recording.anonymiser import Anonymiser

_NAME, _BIRTH, _PHONE = "lastName", "birthDate", "phone"
_FIELDS: dict[str, dict[str, str]] = {
    # UN/EDIFACT: C058 and C080 are name and address, C059 is the street, C056 a person, COM a number.
    "edifact": {
        "NAD.3": _NAME,
        "NAD.4": _NAME,
        "NAD.5": _NAME,
        "CTA.2.2": _NAME,
        "COM.1.1": _PHONE,
        "PNA.5": _NAME,
    }
    | {"PNA.6": _NAME},
    # ASC X12: names of parties and persons, streets, contacts, date of birth.
    "x12": {"N1.2": _NAME, "N2": _NAME, "N3": _NAME, "DMG.2": _BIRTH, "PER.2": _NAME}
    | {"NM1.3": _NAME, "NM1.4": _NAME, "NM1.5": _NAME, "PER.4": _PHONE, "PER.6": _PHONE, "PER.8": _PHONE},
}
_BIRTH_QUALIFIER = "329"
"""Code of DTM for a date of birth (UN/EDIFACT code list 2005)."""


def rewritten_edi(message: FlatMessage, anonymiser: Anonymiser) -> str:
    """Return an interchange with what ``anonymiser`` puts for its elements."""
    return _EdiRewriting(message, marks_of(message), anonymiser).text()


class _EdiRewriting:
    def __init__(self, message: FlatMessage, marks: Marks, anonymiser: Anonymiser) -> None:
        self._message = message
        self._marks = marks
        self._fields = _FIELDS[message.format]
        self._anonymiser = anonymiser

    def text(self) -> str:
        """Rewrite segment by segment; the head that declares the marks stays."""
        text = self._message.text
        declares = re.match(r"\s*UNA.{6}", text, re.DOTALL)
        start = declares.end() if declares else 0
        segments = self._split(text[start:], self._marks.end)
        return text[:start] + self._marks.end.join(map(self._segment, segments))

    def _segment(self, written: str) -> str:
        blank = written[: len(written) - len(written.lstrip())]
        name, *elements = self._split(written.lstrip(), self._marks.element)
        if name == "ISA":  # its elements have fixed widths, and name companies
            return written
        made = [self._element(name, number, each, elements) for number, each in enumerate(elements, start=1)]
        return blank + self._marks.element.join([name, *made])

    def _element(self, name: str, number: int, written: str, elements: list[str]) -> str:
        parts = self._split(written, self._marks.component)
        return self._marks.component.join(
            self._part(name, f"{number}", f"{number}.{index}", each, elements)
            for index, each in enumerate(parts, 1)
        )

    def _part(self, name: str, element: str, part: str, written: str, elements: list[str]) -> str:
        release = self._marks.release.strip()
        plain = re.sub(rf"{re.escape(release)}(.)", r"\1", written, flags=re.DOTALL) if release else written
        places = (name, f"{name}.{element}", f"{name}.{part}")
        field = next((self._fields[place] for place in places if place in self._fields), "")
        if (
            name == "DTM"
            and part == "1.2"
            and elements[0].startswith(f"{_BIRTH_QUALIFIER}{self._marks.component}")
        ):
            field = _BIRTH
        made = self._anonymiser.field(field, plain, f"{name}.{element}")
        if made == plain:
            return written
        marks = "".join(filter(None, (*self._marks[:3], release)))
        return re.sub(f"[{re.escape(marks)}]", lambda found: release + found[0], made) if release else made

    def _split(self, written: str, mark: str) -> list[str]:
        release = self._marks.release.strip()
        if not release or release not in written:
            return written.split(mark)
        pieces, piece, index = [], "", 0
        while index < len(written):
            if written[index] == release:
                piece += written[index : index + 2]
                index += 2
                continue
            if written[index] == mark:
                pieces.append(piece)
                piece = ""
            else:
                piece += written[index]
            index += 1
        return [*pieces, piece]
