"""Why the landscape could not be started."""

from __future__ import annotations


class StartError(Exception):
    """A port or a folder that cannot be used; the text says which, and what to do next."""
