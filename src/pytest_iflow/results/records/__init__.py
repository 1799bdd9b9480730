"""Acceptance records on disk: how one is sealed and signed, and whether it is as it was signed."""
