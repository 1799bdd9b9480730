"""The registry of secrets: whatever is registered never leaves the process unmasked."""

from __future__ import annotations

import base64
import functools
import html
import re
import threading
from urllib.parse import quote

MASK = "***"
SHORTEST_SECRET = 6
"""Characters; anything shorter would mask ordinary words."""

# A JSON Web Token, whole or cut off: its header is a JSON object, and base64 of '{"' starts with eyJ.
_JWT = re.compile(
    r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]*|eyJ[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*"
)
_NEVER_ESCAPED = re.compile(r"[A-Za-z0-9_.-]+")
_CONTROL_ESCAPES = {"\n": "n", "\r": "r", "\t": "t"}


def _any_escape(char: str) -> str:
    """Pattern of one character, bare or escaped as in a URL, a form, JSON, HTML or a Python repr."""
    if _NEVER_ESCAPED.fullmatch(char):
        return re.escape(char)
    point = ord(char)
    percent = "".join(f"%(?:25)*{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
    forms = [
        rf"\\*{re.escape(char)}",
        rf"(?i:{percent}|\\+u{point:04x}|\\+x{point:02x}|&#0*{point};|&#x0*{point:x};)",
    ]
    if (entity := html.escape(char)) != char:
        forms.append(re.escape(entity))
    if char in _CONTROL_ESCAPES:
        forms.append(rf"\\+{_CONTROL_ESCAPES[char]}")
    if char == " ":
        forms.append(r"\+")
    return f"(?:{'|'.join(forms)})"


def _always_bare(secret: str) -> str:
    """Find the longest part of a secret that looks the same in every encoding; empty if there is none."""
    return max(_NEVER_ESCAPED.findall(secret), key=len, default="")


@functools.cache
def _pattern(secret: str) -> re.Pattern[str]:
    """Compile what finds a secret in every encoding; done when a text is first seen to hold it."""
    return re.compile("".join(map(_any_escape, secret)))


class SecretRegistry:
    """Secrets that were read so far, and the masking of texts that may hold them.

    Registering is safe from several threads; masking takes no lock.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: set[str] = set()
        # What a text must hold to be worth a search, and the secret; longest first, so that a secret
        # that contains another one is masked as a whole. Replaced, never changed: mask may be reading it.
        self._signs: tuple[tuple[str, str], ...] = ()

    def register(self, text: str) -> None:
        """Mask ``text`` from now on; ignored when shorter than ``SHORTEST_SECRET`` characters."""
        secret = text.strip()
        # Whatever has the shape of a token is masked anyway.
        if len(secret) < SHORTEST_SECRET or _JWT.fullmatch(secret):
            return
        with self._lock:
            self._known.add(secret)
            longest_first = sorted(self._known, key=lambda known: (-len(known), known))
            self._signs = tuple((_always_bare(known), known) for known in longest_first)

    def register_basic(self, client_id: str, secret: str) -> None:
        """Mask ``secret`` and what a Basic header makes of it, with the parts percent-encoded or not."""
        self.register(secret)
        for pair in (f"{client_id}:{secret}", f"{quote(client_id, safe='')}:{quote(secret, safe='')}"):
            self.register(base64.b64encode(pair.encode()).decode("ascii"))

    def mask(self, text: str) -> str:
        """Return ``text`` with every registered secret, and whatever looks like a JWT, as ``***``.

        A secret is found bare, percent-encoded, HTML-escaped, and as JSON or ``repr`` escape it.
        """
        # Substring search is many times faster than a pattern, and most texts hold no secret.
        for sign, secret in self._signs:
            if sign in text:
                text = _pattern(secret).sub(MASK, text)
        return _JWT.sub(MASK, text) if "eyJ" in text else text

    def mask_bytes(self, data: bytes) -> bytes:
        """Like ``mask`` for bytes; those that are no UTF-8 stay as they are."""
        text = data.decode("utf-8", "surrogateescape")
        masked = self.mask(text)
        return data if masked == text else masked.encode("utf-8", "surrogateescape")


REGISTRY = SecretRegistry()
"""The one registry of this process."""

register_secret = REGISTRY.register
register_basic = REGISTRY.register_basic
mask = REGISTRY.mask
mask_bytes = REGISTRY.mask_bytes
