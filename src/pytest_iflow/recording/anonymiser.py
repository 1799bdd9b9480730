"""Personal values of one set of recordings: found by rule, by the name of their field and by their shape.

Each is replaced by a made-up one, wherever it stands in the set. ``bodies`` knows the formats; here is what
holds for a text in any of them.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar
from urllib.parse import quote, unquote

from ahocorasick_rs import AhoCorasick, MatchKind

from pytest_iflow.recording.made_up import Kind, MadeUp
from pytest_iflow.recording.shapes import Span, field_key, kind_of_field, pairs_in, shapes_in
from pytest_iflow.secrets.bounded_pattern import bounded_pattern
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.masking_rules import AnonymiseRules

SHORTEST_KNOWN = 4
"""Characters from which on the value of a field is replaced everywhere: a shorter one may be any word."""

LONGEST_KNOWN = 200
"""Characters up to which it is: a longer one is a text, and stands nowhere else."""

_NO_VALUES = frozenset({"none", "null", "true", "false", "unknown", "other", "anonymous"})
"""What stands in fields that have no value; it stands elsewhere as well."""

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{16,}={0,2}(?![A-Za-z0-9+/_=-])")
_ESCAPED = re.compile(r"\\u[0-9A-Fa-f]{4}|&#?\w{1,31};")
_JSON_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_PERCENT = re.compile(r"[^\s\"'<>&?=;,]*%[0-9A-Fa-f]{2}[^\s\"'<>&?=;,]*")
_GZIP = b"\x1f\x8b"
_DEEPEST = 4
"""Encodings within encodings that are looked into."""
_LARGEST_UNPACKED = 8_000_000

_MOST_CLEAN, _LONGEST_CLEAN = 50_000, 200
"""Texts that are remembered as having nothing personal: messages of one iFlow are much alike."""

_Rewritten = TypeVar("_Rewritten")


class Anonymiser:
    """Replaces the personal values of one set of recordings; it belongs to one thread.

    ``key`` is the secret of the set. With ``only_known`` it replaces no more than what it has learnt: that is
    for messages which were recorded before a value was known. ``counts`` says how often a kind of value was
    replaced, and at which place. ``rewrite_document`` rewrites a text that is a document of its own, such as
    JSON within XML, and returns None for any other.
    """

    def __init__(self, key: bytes, rules: AnonymiseRules) -> None:
        self.rules = rules
        self.counts: Counter[tuple[Kind, str]] = Counter()
        self.only_known = False
        self.rewrite_document: Callable[[str, str], str | None] = lambda _text, _place: None
        self._made_up = MadeUp(key)
        self._fields = {field_key(name): Kind.OTHER for name in rules.fields}
        self._kept = {field_key(name) for name in rules.keep}
        self._patterns = [bounded_pattern(pattern) for pattern in rules.patterns]
        self._known: dict[str, tuple[str, Kind]] = {}
        self._search: AhoCorasick | None = None
        self._searched: list[str] = []
        self._depth = 0
        self._clean: set[str] = set()

    def complete(self, rewrite: Callable[[], _Rewritten]) -> _Rewritten:
        """Return what ``rewrite`` returns once all is known that it can learn: it is called again for that.

        Only the last time is counted.
        """
        while True:
            counts, known = self.counts.copy(), len(self._known)
            rewritten = rewrite()
            if len(self._known) == known:
                return rewritten
            self.counts = counts

    def field(self, name: str, value: str, place: str, *, above: str = "", by_rule: bool = False) -> str:
        """Return what stands for the value of a field; all that its name does not tell is text.

        ``above`` is the name of what the field stands in.
        """
        kind = self._kind_of(name, above)
        if by_rule:
            kind = kind_of_field(name, above) or Kind.OTHER
        if kind is None or self.only_known or self._made_up.is_made_up(value) or not re.search(r"\w", value):
            return value if field_key(name) in self._kept else self.text(value, place)
        spans = [span for span in shapes_in(value) if span.end - span.start == len(value.strip())]
        return self._made(spans[0].kind if spans else kind, value, place, is_field=True)

    def _kind_of(self, name: str, above: str = "") -> Kind | None:
        key = field_key(name)
        return None if key in self._kept else kind_of_field(name, above) or self._fields.get(key)

    def text(self, text: str, place: str) -> str:
        """Return a text without the personal values in it, also of those within its encodings."""
        if len(text) < SHORTEST_KNOWN or text in self._clean:
            return text
        made = self._without(text, place)
        if made == text and len(text) < _LONGEST_CLEAN and not self.only_known:
            if len(self._clean) > _MOST_CLEAN:
                self._clean.clear()
            self._clean.add(text)
        return made

    def _without(self, text: str, place: str) -> str:
        text = mask(text)
        if self._depth < _DEEPEST:
            self._depth += 1
            try:
                document = self.rewrite_document(text, place)
                if document is not None:
                    return document
                text = _BASE64.sub(lambda found: self._decoded(found[0], place), text)
                if "%" in text:
                    text = _PERCENT.sub(lambda found: self._unquoted(found[0], place), text)
                if _ESCAPED.search(text):
                    text = self._unescaped(text, place)
            finally:
                self._depth -= 1
        return self._replaced(text, self._spans(text), place)

    def _spans(self, text: str) -> Iterator[Span]:
        yield from self._known_in(text)
        if self.only_known:
            return
        yield from shapes_in(text)
        if any(mark in text for mark in ":=>"):
            yield from pairs_in(text, self._kind_of)
        for pattern in self._patterns:
            yield from (Span(*found.span(), Kind.OTHER) for found in pattern.finditer(text))

    def _replaced(self, text: str, spans: Iterable[Span], place: str) -> str:
        pieces, end = [], 0
        for span in sorted(spans, key=lambda span: (span.start, -span.end)):
            if span.start >= end and not self._made_up.is_made_up(text[span.start : span.end]):
                value = text[span.start : span.end]
                pieces += [
                    text[end : span.start],
                    self._made(span.kind, value, place, is_field=span.is_field),
                ]
                end = span.end
        return "".join([*pieces, text[end:]]) if pieces else text

    def _made(self, kind: Kind, original: str, place: str, *, is_field: bool = False) -> str:
        known = self._known.get(original)
        self.counts[known[1] if known else kind, place] += 1
        if known is not None:
            return known[0]
        made = self._made_up.value(kind, original)
        if is_field and len(original) <= LONGEST_KNOWN:
            self._learn(original.strip(), made.strip(), kind)
            if kind is Kind.NAME:
                for word in re.findall(r"[^\W\d_]+", original):
                    for spelled in {word, word.upper(), word.title()}:
                        self._learn(spelled, self._made_up.value(kind, spelled), kind)
        return made

    def _learn(self, original: str, made: str, kind: Kind) -> None:
        says_something = re.search(r"[^\W\d_]", original) or len(original) > SHORTEST_KNOWN
        is_word = original.lower() in _NO_VALUES or len(original) < SHORTEST_KNOWN
        if says_something and not is_word and original not in self._known:
            self._known[original] = made, kind
            self._search = None
            self._clean.clear()

    def _known_in(self, text: str) -> Iterator[Span]:
        """Yield where known values stand as whole words."""
        if not self._known:
            return
        if self._search is None:
            self._searched = list(self._known)
            self._search = AhoCorasick(self._searched, matchkind=MatchKind.Standard)
        for _, start, end in self._search.find_matches_as_indexes(text, overlapping=True):
            if not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
                yield Span(start, end, Kind.OTHER)

    def _decoded(self, written: str, place: str) -> str:
        """Return Base64 with what is within it anonymised; what is no text in Base64 stays."""
        padded = written + "=" * (-len(written) % 4)
        try:
            data = base64.b64decode(
                padded, altchars=b"-_" if re.search("[-_]", written) else None, validate=True
            )
            is_packed = data.startswith(_GZIP)
            text = (unpacked(data) if is_packed else data).decode("utf-8")
        except (binascii.Error, ValueError, zlib.error):
            return written
        if not text.isprintable() and re.search(r"[^\s\x20-\U0010ffff]", text):
            return written
        made = self.text(text, f"{place} (Base64)")
        if made == text:
            return written
        carried = zlib.compress(made.encode(), wbits=31) if is_packed else made.encode()
        encode = base64.urlsafe_b64encode if re.search("[-_]", written) else base64.b64encode
        encoded = encode(carried).decode("ascii")
        return encoded if written.endswith("=") or len(written) % 4 == 0 else encoded.rstrip("=")

    def _unescaped(self, written: str, place: str) -> str:
        """Return a text with escapes of HTML or JSON, in what is neither, without what they hide."""
        text = _JSON_ESCAPE.sub(lambda found: chr(int(found[1], 16)), html.unescape(written))
        made = self.text(text, place)
        return written if made == text else html.escape(made, quote=False) if "&" in written else made

    def _unquoted(self, written: str, place: str) -> str:
        text = unquote(written)
        made = self.text(text, place)
        return written if made == text else quote(made, safe="/:@!$()*~+")


def unpacked(data: bytes, limit: int = _LARGEST_UNPACKED) -> bytes:
    """Unpack gzip or zlib; raises ValueError for more than ``limit`` bytes, zlib.error for anything else."""
    packed = zlib.decompressobj(wbits=47)
    text = packed.decompress(data, limit)
    if packed.unconsumed_tail:
        raise ValueError("too large")
    if not packed.eof:
        raise zlib.error("it is cut off")
    return text
