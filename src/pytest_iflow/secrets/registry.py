"""The registry of secrets: whatever is registered never leaves the process unmasked."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable, Container, Iterable, Iterator
from contextvars import ContextVar
from typing import Any, NamedTuple
from urllib.parse import quote

from pytest_iflow.secrets.bounded_pattern import Finder
from pytest_iflow.secrets.forms import SecretForm, Signs, base64_forms, joined, plain_form, searchable
from pytest_iflow.secrets.token_shapes import SIGNS, credentials_in, maybe_credentials

MASK = "***"
SHORTEST_SECRET = 6
"""Characters; anything shorter would mask ordinary words."""
LONGEST_SECRET = 2048
"""Characters; of a longer one each such part is a secret."""
LONGEST_PLACE = 32 * 1024
"""Characters that a secret may take in any form."""

_KINDS = {"secret": "a registered secret", "base64": "a registered secret in base64"}

Exported = tuple[str, bool]
"""A secret, and whether base64 of it is looked for as well."""


class Place(NamedTuple):
    """Where a secret stands in a text, and what kind of secret it is; never the secret."""

    start: int
    end: int
    kind: str


_Values = tuple[tuple[str, re.Pattern[str]], ...]

_VALUES: ContextVar[_Values | None] = ContextVar("iflow_business_data", default=None)
"""Business data of the scenario that a thread runs beside others; None where one runs at a time."""


class SecretRegistry:
    """Secrets that were read so far, and the masking of texts that may hold them.

    Registering is safe from several threads; masking takes no lock. ``version`` changes whenever a text that
    was left alone before may be masked now.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.version = 0
        # In the order of registration: the value says whether base64 of it is looked for as well.
        self._known: dict[str, bool] = {}
        self._forms: dict[bytes, tuple[SecretForm, ...]] = {}
        self._signs = Signs(SIGNS)
        self._tell: Callable[[Exported], None] | None = None
        self._patterns: tuple[Finder, ...] = ()
        self._values: _Values = ()

    def register(self, text: str, *, in_base64: bool = True) -> None:
        """Mask ``text`` from now on, and base64 of it; not if shorter than ``SHORTEST_SECRET`` characters."""
        self._register(text.strip(), in_base64=in_base64)

    def register_basic(self, client_id: str, secret: str) -> None:
        """Mask ``secret`` and what a Basic header makes of it, with the parts percent-encoded or not."""
        self.register(secret)
        for pair in (f"{client_id}:{secret}", f"{quote(client_id, safe='')}:{quote(secret, safe='')}"):
            self._register(base64.b64encode(pair.encode()).decode("ascii"), in_base64=False)

    def _register(self, secret: str, *, in_base64: bool) -> None:
        if len(secret) < SHORTEST_SECRET or secret in self._known:
            return
        if len(secret) > LONGEST_SECRET:
            for end in (*range(LONGEST_SECRET, len(secret), LONGEST_SECRET), len(secret)):
                self._register(secret[end - LONGEST_SECRET : end], in_base64=in_base64)
            return
        with self._lock:
            if secret in self._known:
                return
            for form in (plain_form(secret), *(base64_forms(secret) if in_base64 else ())):
                sign = form.sign.encode("ascii")
                alike = self._forms.get(sign, ())
                if form not in alike:
                    self._forms[sign] = (*alike, form)
                if not alike:
                    self._signs.add(sign)
            self._known[secret] = in_base64  # at last: who finds it here takes it for masked
            self.version += 1
        if self._tell is not None:
            self._tell((secret, in_base64))

    def export(self) -> list[Exported]:
        """Return what was registered: for another process, never for a disk."""
        with self._lock:
            return list(self._known.items())

    def on_new(self, tell: Callable[[Exported], None] | None) -> None:
        """Have ``tell`` called with all that is registered from now on."""
        self._tell = tell

    def adopt(self, exported: Iterable[Exported]) -> None:
        """Mask what another process exported."""
        for secret, in_base64 in exported:
            self._register(secret, in_base64=in_base64)

    def set_patterns(self, patterns: Iterable[Finder]) -> None:
        """Mask whatever fits one of ``patterns``, in place of those that were set before."""
        with self._lock:
            self._patterns = tuple(patterns)
            self.version += 1

    def set_values(self, values: Iterable[str]) -> None:
        """Mask these business data, as words of their own, in place of those that were set before.

        In a thread that has begun with ``values_apart`` they are those of its own scenario.
        """
        found = tuple(
            (value, re.compile(rf"(?<!\w){re.escape(value)}(?!\w)"))
            for value in dict.fromkeys(values)
            if len(value) >= SHORTEST_SECRET
        )
        with self._lock:
            if _VALUES.get() is None:
                self._values = found
            else:
                _VALUES.set(found)
            self.version += 1

    def values_apart(self) -> None:
        """Let this thread, whose context is its own, have business data of its own."""
        _VALUES.set(())

    @property
    def values(self) -> tuple[str, ...]:
        """The business data that are masked here."""
        return tuple(value for value, _ in self._shown_values)

    @property
    def _shown_values(self) -> _Values:
        values = _VALUES.get()
        return self._values if values is None else values

    def leaks(self, text: str) -> list[Place]:
        """Return where ``text`` holds a registered secret, or what surely is a credential, in order."""
        found = self._signs_in(text.encode("utf-8", "surrogatepass"))
        credentials = (Place(*each) for each in credentials_in(text, found))
        return _apart([*self._registered(text, found), *credentials]) if found else []

    def mask(self, text: str) -> str:
        """Return ``text`` with ``***`` for every secret, business datum, and whatever may be a credential.

        A secret is found bare, in base64, percent-encoded, HTML-escaped, as JSON or ``repr`` escape it, and
        broken over lines.
        """
        places = self._places(text)
        return _hidden(text, places, 0, len(text)) if places else text

    def mask_part(self, text: str, start: int, end: int) -> str:
        """Return ``text[start:end]``, masked; of what is secret no part is left at its ends.

        Whatever is cut is cut by this: half a secret would not be found any more.
        """
        first = max(start - LONGEST_PLACE, 0)
        around = text[first : end + LONGEST_PLACE]
        return _hidden(around, self._places(around), start - first, end - first)

    def leaves_alone(self, text: str) -> bool:
        """Return whether ``mask`` would change none of the texts that ``text`` holds, one a line.

        Quicker for many than to mask each. A rule for business data may fit one text and not several: where
        there is any, the answer is no.
        """
        return not (self._patterns or self._shown_values) and self.mask(text) == text

    def leaves_bytes_alone(self, data: bytes) -> bool:
        """Like ``leaves_alone`` for texts in UTF-8."""
        if self._patterns or self._shown_values:
            return False
        found = self._signs_in(data)
        return not found or not self._suspects(data.decode("utf-8", "surrogateescape"), found)

    def may_leak(self, data: bytes) -> bool:
        """Whether ``leaks`` may find something in a text in UTF-8: most hold no sign of a secret."""
        return bool(self._signs_in(data))

    def _signs_in(self, data: bytes) -> set[bytes]:
        # To look for signs is many times faster than for patterns, and most texts hold no secret. A secret
        # whose lines nobody broke is found in the joined text, too: its sign holds no character that is
        # left out.
        return self._signs.found_in(searchable(data))

    def mask_bytes(self, data: bytes) -> bytes:
        """Like ``mask`` for bytes; those that are no UTF-8 stay as they are."""
        text = data.decode("utf-8", "surrogateescape")
        masked = self.mask(text)
        return data if masked == text else masked.encode("utf-8", "surrogateescape")

    def _places(self, text: str) -> list[Place]:
        """Return all that is masked in a text, in no order."""
        found = self._signs_in(text.encode("utf-8", "surrogatepass"))
        places = self._suspects(text, found) if found else []
        if self._shown_values or self._patterns:
            places += self._business_data(text)
        return places

    def _suspects(self, text: str, found: set[bytes]) -> list[Place]:
        """Return the registered secrets in a text, and what may be a credential, by the signs in it."""
        places = list(self._registered(text, found))
        if not SIGNS.isdisjoint(found):
            places += [Place(*each) for each in maybe_credentials(text, found)]
        return places

    def _registered(self, text: str, signs: Iterable[bytes]) -> Iterator[Place]:
        """Yield the registered secrets in a text whose signs it holds."""
        suspected = [form for sign in signs for form in self._forms.get(sign, ())]
        if not suspected:
            return
        whole = joined(text)
        for form in suspected:
            for found in form.pattern.finditer(text):
                yield Place(*found.span(), _KINDS[form.kind])
            if whole is None:
                continue
            for found in form.joined_pattern.finditer(whole.text):
                start, end = whole.original(*found.span())
                yield Place(start, end, _KINDS[form.kind])

    def _business_data(self, text: str) -> Iterator[Place]:
        for value, pattern in self._shown_values:
            if value in text:
                yield from (Place(*found.span(), "business data") for found in pattern.finditer(text))
        for rule in self._patterns:
            yield from (Place(*found.span(), "business data") for found in rule.finditer(text))


def _apart(places: list[Place]) -> list[Place]:
    """Put places in order, those that overlap in one."""
    apart: list[Place] = []
    for place in sorted(places, key=lambda each: (each.start, -each.end)):
        if apart and place.start < apart[-1].end:
            apart[-1] = apart[-1]._replace(end=max(place.end, apart[-1].end))
        else:
            apart.append(place)
    return apart


def _hidden(text: str, places: list[Place], start: int, end: int) -> str:
    """Return ``text[start:end]`` with ``***`` for each place."""
    parts, shown = [], start
    for place in _apart(places):
        if place.end > shown and place.start < end:
            parts += [text[shown : place.start], MASK]
            shown = place.end
    return "".join([*parts, text[shown:end]])


REGISTRY = SecretRegistry()
"""The one registry of this process."""

register_secret = REGISTRY.register
register_basic = REGISTRY.register_basic
mask = REGISTRY.mask
mask_part = REGISTRY.mask_part
mask_bytes = REGISTRY.mask_bytes
leaves_alone = REGISTRY.leaves_alone
leaves_bytes_alone = REGISTRY.leaves_bytes_alone


def _unchanged(value: Any) -> Any:
    return value


def masked(value: Any, kept: Container[str] = (), of_other: Callable[[Any], Any] = _unchanged) -> Any:
    """Return ``value`` with every text in it masked.

    What stands under a key of ``kept`` stays as it is. ``of_other`` masks a value that JSON does not know.
    """
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        lines = all(isinstance(one, str) for one in value)
        return masked_lines(value) if lines else [masked(one, kept, of_other) for one in value]
    if isinstance(value, tuple):
        return tuple(masked(one, kept, of_other) for one in value)
    if isinstance(value, dict):
        return {
            masked(key): held if key in kept else masked(held, kept, of_other) for key, held in value.items()
        }
    return of_other(value)


def masked_lines(lines: list[str]) -> list[str]:
    """Mask lines that belong together: a secret may go from one into the next."""
    text = "\n".join(lines)
    hidden = mask(text)
    return lines if hidden == text else hidden.split("\n")
