"""What imports and recordings wrote into a suite, so that the next one knows what people edited.

``RECORD`` stands in the folder of the suite and belongs into version control. It holds hashes, no texts.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from pytest_iflow.errors import ConfigurationError, reason_of
from pytest_iflow.tenants.suite_files import read_regular

RECORD = ".iflow-generated.json"
_ABOUT = "What imports and recordings wrote, as hashes: what people edited stays. Keep it in version control."


class Mark(msgspec.Struct, frozen=True):
    """The source of a text, and its SHA-256 as it was generated last."""

    source: str
    sha256: str


class FeatureMarks(msgspec.Struct):
    """The marks of a feature file: of its head, and of each scenario by its name."""

    head: Mark
    scenarios: dict[str, Mark] = {}


class Generated(msgspec.Struct):
    """All that was generated in a suite, by path; of tenant files the entries: ``test.iflows.orders``."""

    about: str = _ABOUT
    version: int = 1
    features: dict[str, FeatureMarks] = {}
    files: dict[str, Mark] = {}
    entries: dict[str, list[str]] = {}

    def encode(self) -> bytes:
        """Return the text of the record, sorted, so that version control shows what changed."""
        return msgspec.json.format(msgspec.json.encode(self, order="sorted"), indent=1) + b"\n"


def read_generated(suite: Path) -> Generated:
    """Read the record of a suite; one without any has an empty one. Raises ConfigurationError."""
    path = suite / RECORD
    try:
        return msgspec.json.decode(read_regular(path), type=Generated)
    except FileNotFoundError:
        return Generated()
    except OSError as error:
        reason = reason_of(error)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        reason = str(error)
    raise ConfigurationError(
        f"The record of what was generated cannot be read: {reason}.",
        where=str(path),
        remedy="Take it from version control, or delete it: then all that is there counts as edited.",
    )


def sha256_of(text: str | bytes) -> str:
    """Return the hash of a text, whatever the number of its empty lines at both ends, or of bytes."""
    data = text if isinstance(text, bytes) else text.strip("\n").encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()
