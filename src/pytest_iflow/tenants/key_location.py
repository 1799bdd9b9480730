"""Where a service key lies: in a file, or in an environment variable as JSON or as a path."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.text_file import read_text


@dataclass(frozen=True, slots=True)
class KeyInFile:
    """A service key in a file of its own."""

    path: Path

    @property
    def source(self) -> str:
        """What errors call this place."""
        return f"file {self.path}"

    def read(self) -> str:
        """Return the text of the key; raises ConfigurationError when the file cannot be read."""
        return read_text(self.path)


@dataclass(frozen=True, slots=True)
class KeyInVariable:
    """A service key that an environment variable holds or, as a path from ``folder``, points to."""

    variable: str
    value: str = field(repr=False)
    folder: Path

    @property
    def source(self) -> str:
        """What errors call this place."""
        return f"environment variable {self.variable}"

    def read(self) -> str:
        """Return the text of the key; raises ConfigurationError when the variable points nowhere."""
        value = self.value.strip()
        # Quotes in front are a shell's mistake with JSON, which the parser of service keys explains. What cf
        # prints has other lines before the JSON.
        if value.startswith(("{", "[", '"', "'")) or '{"' in "".join(value.split()):
            return value
        path = Path(value).expanduser() if value.startswith(("~/", "~\\")) else Path(value)
        try:
            return read_text(self.folder / path)
        except ConfigurationError as error:
            # Whatever is no path may be a secret put here by mistake: it is not shown.
            shown = f", file {self.folder / path}" if value.endswith(".json") else ""
            raise ConfigurationError(
                f"{self.variable} holds neither the JSON of a service key nor the path of a file with it. "
                f"{error.what}",
                where=f"{self.source}{shown}",
                remedy="Set it to the whole JSON, from the first { to the last }, or to the path of a file.",
            ) from None
