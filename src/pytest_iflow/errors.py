"""The errors of this package: each says what happened, where, and what to do next."""

from __future__ import annotations

import difflib
import enum
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Literal, Self

__all__ = [
    "AmbiguousMessageError",
    "CallError",
    "CheckError",
    "ConfigurationError",
    "FeatureFileError",
    "IflowError",
    "MissingCredentialError",
    "MonitoringError",
    "TenantFileError",
    "TokenError",
]

MonitoringProblem = Literal[
    "refused", "forbidden", "rate-limited", "unavailable", "not-odata", "not-found", "no-answer"
]
"""Why the monitoring API did not say what it was asked for."""

_CAUSE = "iflow_cause"
"""Attribute of an assertion that is none of this package."""


class ExitCode(enum.IntEnum):
    """How commands and runs end; what pytest itself uses for a run is 0 to 6."""

    FINDING = 1
    """A command found something wrong, or did not get what it asked for."""

    USAGE_ERROR = 2
    """Options, files or keys of a command cannot be used."""

    SIGNER_UNKNOWN = 3
    """An acceptance record is as it was signed, by somebody whose key is not known here."""

    BROKEN_ENVIRONMENT = 7
    """No scenario of a run was run, since the environment is broken."""

    REPORTS_INCOMPLETE = 8
    """Nothing is wrong with a run but that reports could not be written."""


class IflowError(Exception):
    """Base of every error that this package raises on purpose.

    ``what`` is one sentence, ``where`` names the place (file and line, tenant, URL without
    secrets), ``remedy`` is the next step for the reader.

    ``cause`` is the id of the likeliest cause (docs/troubleshooting.md), empty where none is known. Who
    raises the error may know it (``first_cause`` keeps that one); the diagnosis replaces it by what it finds.

    For the diagnosis: ``exchange`` is the exchange that the error is about, ``client`` the client of the
    tenant that acted, ``log_error`` the error text of the message log that was judged, ``run`` what is held
    of its environment, where that is not the one that is tested.
    """

    run: object = None

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        remedy: str | None = None,
        cause: str = "",
        exchange: object = None,
        client: str | None = None,
        log_error: str | None = None,
    ) -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy
        self.first_cause = self.cause = cause
        self.exchange = exchange
        self.client = client
        self.log_error = log_error

    def copy(self) -> Self:
        """Return another error that says the same, for one more scenario that meets it.

        Each is raised and annotated by itself: what was noted on this one is not on the other.
        """
        other = type(self).__new__(type(self), *self.args)
        vars(other).update({name: value for name, value in vars(self).items() if name != "__notes__"})
        other.cause = self.first_cause
        other.__cause__ = self.__cause__
        return other

    def __str__(self) -> str:
        return self.text()

    def text(self, width: int | None = None) -> str:  # noqa: ARG002, for those that have columns
        """Return what happened, where, and what to do; for lines of ``width`` characters, if given."""
        return self._text(self.what)

    def _text(self, what: str) -> str:
        lines = [what]
        if self.where:
            lines.append(f"  where:      {self.where}")
        if self.remedy:
            lines.append(f"  what to do: {self.remedy}")
        return "\n".join(lines)


class ConfigurationError(IflowError):
    """Options, tenant files or service keys that cannot be used; ends a run with exit code 4.

    ``line`` is that of the file that is wrong, where one is known; 0 otherwise.
    """

    line = 0


class TenantFileError(ConfigurationError):
    """A tenant file that is wrong or cannot be read."""


class MissingCredentialError(ConfigurationError):
    """A client of the tenant has no service key."""


FileProblem = tuple[str, int, str]
"""A file, a line of it, and what is wrong there; line 0 is the whole file."""


class FeatureFileError(IflowError):
    """A feature file, or one of its scenarios, that cannot run; ``line`` is the first line to correct.

    ``problems`` are those of a file that cannot be read.
    """

    problems: tuple[FileProblem, ...] = ()

    def __init__(
        self, what: str, *, where: str | None = None, remedy: str | None = None, line: int = 1
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.line = line

    @classmethod
    def of_file(
        cls, problems: Iterable[FileProblem], *, remedy: str | None = None, line: int | None = None
    ) -> Self:
        """Return the error of a file with ``problems``; ``line`` is that of the first one unless given."""
        found = tuple(dict.fromkeys(problems))
        said = "\n".join(f"{file}:{at}: {what}" if at else f"{file}: {what}" for file, at, what in found)
        error = cls(said, remedy=remedy, line=found[0][1] if line is None else line)
        error.problems = found
        return error


class TokenError(IflowError):
    """The token service gave no access token."""


class CallError(IflowError):
    """A call got no answer that a check could judge: network, TLS, time-out, wrong host.

    ``unanswered`` is the exchange without an answer of a message that may have been processed all the same;
    None where that cannot be.
    """

    unanswered: object = None


class MonitoringError(IflowError):
    """The tenant's monitoring API did not say what it was asked for.

    ``status`` is that of its answer, None if there was none; ``retry_after`` are the seconds after which it
    wants to be asked again, if it says so.
    """

    def __init__(
        self,
        what: str,
        *,
        kind: MonitoringProblem,
        status: int | None = None,
        retry_after: float | None = None,
        where: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.kind = kind
        self.status = status
        self.retry_after = retry_after


class CheckError(IflowError, AssertionError):
    """An answer is not what the feature expects; a failure of the test, not of the tool.

    ``rows`` are its differences where they are known one by one: the place of each, what is expected there,
    and what was found, in words. ``golden_places`` are all at which an answer differs from golden messages:
    the file of each, and the path of a rule ``ignore`` there, empty where no rule can be.
    """

    rows: Sequence[tuple[str, str, str]] = ()
    golden_places: Sequence[tuple[str, str]] = ()


class AmbiguousMessageError(CheckError):
    """Several message logs fit one call; none is judged, since nothing tells which is its own."""


LONGEST_PATH = 247 if sys.platform == "win32" else None
"""Characters of a path that are always taken; Windows calls the file of a longer one missing.

Where long paths are not enabled a file may have 259, a folder 247 (Microsoft, "Maximum Path Length
Limitation").
"""


def reason_of(error: OSError) -> str:
    """Return what the system says is wrong with a file, and whether its path is too long."""
    names = [name for name in (error.filename, error.filename2) if isinstance(name, str | os.PathLike)]
    longest = max((len(os.path.abspath(name)) for name in names), default=0)  # noqa: PTH100, of any kind of path
    if LONGEST_PATH is not None and longest > LONGEST_PATH and isinstance(error, FileNotFoundError):
        return (
            f"its path has {longest} characters, more than Windows takes: "
            "choose a folder with a shorter path, or enable long paths"
        )
    return error.strerror or str(error) or type(error).__name__


def cause_of(error: BaseException) -> str:
    """Return the id of the likeliest cause of a failure; empty where none is known."""
    return error.cause if isinstance(error, IflowError) else str(vars(error).get(_CAUSE, ""))


def note_cause(error: IflowError | AssertionError, cause: str) -> None:
    """Set the id of the likeliest cause, also of an assertion in a step of the suite."""
    vars(error)["cause" if isinstance(error, IflowError) else _CAUSE] = cause


def closest_names(word: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return the known names that are like ``word``, whatever their case, the most like it first."""
    by_folded = {name.casefold(): name for name in sorted(known)}
    return [by_folded[name] for name in difflib.get_close_matches(word.casefold(), by_folded, n=count)]


def closest_name(word: str, known: Iterable[str]) -> str | None:
    """Return the known name most like ``word``, whatever its case; None if none is like it."""
    return next(iter(closest_names(word, known, 1)), None)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Name the nearest known name as a question, else all of them, for the end of an error's remedy."""
    names = sorted(known)
    if match := closest_name(word, names):
        return f'Did you mean "{match}"? Known: {", ".join(names)}.'
    return f"Known: {', '.join(names) or 'none'}."
