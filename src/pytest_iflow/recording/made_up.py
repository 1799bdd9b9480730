"""Made-up values in the place of personal ones: of the same shape, and the same for the same value.

A secret of the set of recordings decides what is made up: nobody can try out which value it stands for.
"""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Callable
from itertools import count

from stdnum import iban, luhn

TRIES = 50
"""How often another value is made up where one stands for something else already."""

_VOWELS = "aeiou"
_CONSONANTS = "bdfgklmnprstvwz"
_DOMAIN = "@example.com"
_SHORTEST_LOCAL_PART = 3
_CODES_KEPT = 2
"""Digits of an international phone number that stay: most country codes have two."""
_DATE = re.compile(
    r"(?P<a>\d{4})(?P<s>[-./]?)(?P<b>\d{2})(?P=s)(?P<c>\d{2})(?!\d)|(?P<d>\d{2})(?P<t>[-./])(?P<e>\d{2})(?P=t)(?P<f>\d{4})"
)
_FIRST_YEAR, _YEARS, _DAYS, _MONTHS = 1945, 60, 28, 12


class Kind(enum.Enum):
    """What a personal value is; ``OTHER`` is one that a rule of the tenant file names."""

    IBAN = "IBAN"
    EMAIL = "e-mail address"
    PHONE = "phone number"
    CARD = "card number"
    NAME = "name"
    BIRTH = "date of birth"
    SECRET = "credential"  # noqa: S105, the name of a kind
    OTHER = "value by rule"


class _Draws:
    """Numbers that a key, a value and a try decide."""

    def __init__(self, key: bytes, seed: str) -> None:
        self._key = key
        self._seed = seed.encode("utf-8", "surrogatepass")
        self._blocks = count()
        self._bytes = b""

    def below(self, limit: int) -> int:
        if len(self._bytes) < 4:  # noqa: PLR2004, what one number takes
            block = next(self._blocks).to_bytes(4, "big")
            self._bytes = hashlib.blake2b(block + self._seed, key=self._key).digest()
        number, self._bytes = self._bytes[:4], self._bytes[4:]
        return int.from_bytes(number, "big") % limit

    def one_of(self, choices: str) -> str:
        return choices[self.below(len(choices))]


class MadeUp:
    """The made-up values of one set of recordings; ``key`` is its secret.

    Two values never get the same made-up one, as far as their shape has so many.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._made: dict[str, str] = {}
        self._used: set[str] = set()
        self._written: set[str] = set()

    def value(self, kind: Kind, original: str) -> str:
        """Return what stands for ``original``; blanks around it, and those within an IBAN, stay."""
        core = original.strip()
        if not core:
            return original
        if kind is Kind.NAME:  # so that "Anna Schmidt" is recognised where the two stand apart
            made = re.sub(r"[^\W\d_]+|\d+", lambda word: self._one(kind, word[0]), core)
        else:
            made = self._one(kind, core)
        return original.replace(core, made, 1)

    def is_made_up(self, text: str) -> bool:
        """Tell whether a text stands for another one already."""
        return text in self._written

    def _one(self, kind: Kind, original: str) -> str:
        same = _same(kind, original)
        if same not in self._made:
            self._made[same] = self._new(kind, same)
        made = _laid_out_as(original, self._made[same], kind)
        self._written.add(made)
        return made

    def _new(self, kind: Kind, original: str) -> str:
        made = original
        for number in range(TRIES):
            made = _MAKE[kind](original, _Draws(self._key, f"{number} {original}"))
            if made != original and made not in self._used:
                break
        self._used.add(made)
        return made


def _same(kind: Kind, original: str) -> str:
    """Return one spelling for all that mean the same."""
    if kind in {Kind.IBAN, Kind.CARD}:
        return re.sub(r"[\W_]", "", original).upper()
    if kind is Kind.PHONE:
        return re.sub(r"(?<=.)\D", "", re.sub(r"^00(?=[1-9])", "+", original))
    return original.lower() if kind in {Kind.EMAIL, Kind.NAME} else original


def _laid_out_as(original: str, made: str, kind: Kind) -> str:
    """Return a made-up value with the separators, or the upper case, of the original."""
    if kind in {Kind.IBAN, Kind.CARD}:
        letters = iter(made)
        return "".join(next(letters, "") if each.isalnum() else each for each in original)
    if kind is Kind.PHONE:
        begins = "00" if original.startswith("00") and made.startswith("+") else ""
        digits = iter(re.sub(r"\D", "", made))
        rest = original[len(begins) :]
        return begins + "".join(next(digits, "") if each.isdecimal() else each for each in rest)
    if kind is Kind.NAME:
        cases = zip(original, made, strict=True)
        return "".join(new.upper() if old.isupper() else new for old, new in cases)
    return made


def _shaped(original: str, draws: _Draws) -> str:
    """Put a digit for each digit and a letter for each letter; all else stays."""
    made, is_first = [], True
    for each in original:
        if each.isdecimal():
            # A number must not begin with a zero, nor become one.
            made.append(
                each if each == "0" and is_first else draws.one_of("123456789" if is_first else "0123456789")
            )
            is_first = False
        elif each.isalpha():
            letter = draws.one_of(_VOWELS if each.lower() in "aeiouäöüyáéíóú" else _CONSONANTS)
            made.append(letter.upper() if each.isupper() else letter)
        else:
            made.append(each)
    return "".join(made)


def _iban(original: str, draws: _Draws) -> str:
    country, account = original[:2], _shaped(original[4:], draws).upper()
    return f"{country}{iban.calc_check_digits(f'{country}00{account}')}{account}"


def _card(original: str, draws: _Draws) -> str:
    begins = original[0] + "".join(draws.one_of("0123456789") for _ in original[1:-1])
    return begins + luhn.calc_check_digit(begins)


def _email(original: str, draws: _Draws) -> str:
    length = max(len(original) - len(_DOMAIN), _SHORTEST_LOCAL_PART)
    local = (original.partition("@")[0] * length)[:length]
    return (
        "".join(_shaped(each, draws) if each in "0123456789" else draws.one_of(_CONSONANTS) for each in local)
        + _DOMAIN
    )


def _phone(original: str, draws: _Draws) -> str:
    kept = re.match(rf"\s*(?:\+|00)\W*\d{{{_CODES_KEPT}}}|\D*0?", original)
    begins = kept[0] if kept else ""
    return begins + re.sub(r"\d", lambda _: draws.one_of("123456789"), original[len(begins) :])


def _birth(original: str, draws: _Draws) -> str:
    """Return another day in the same notation, such as 19800501, 1980-05-01 or 01.05.1980."""
    year, month = str(_FIRST_YEAR + draws.below(_YEARS)), f"{1 + draws.below(_MONTHS):02}"
    # 05/01 is either in May or in January.
    day = f"{1 + draws.below(_DAYS if '/' not in original else _MONTHS):02}"

    def made(found: re.Match[str]) -> str:
        if found["a"]:
            return found["s"].join((year, month, day))
        return found["t"].join((day, month, year))

    replaced, number = _DATE.subn(made, original, count=1)
    return replaced if number else _shaped(original, draws)


_MAKE: dict[Kind, Callable[[str, _Draws], str]] = {
    Kind.IBAN: _iban,
    Kind.EMAIL: _email,
    Kind.PHONE: _phone,
    Kind.CARD: _card,
    Kind.NAME: _shaped,
    Kind.BIRTH: _birth,
    Kind.SECRET: _shaped,
    Kind.OTHER: _shaped,
}
