"""Calls and messages recorded as drafts of scenarios, made anonymous before anything reaches the disk."""
