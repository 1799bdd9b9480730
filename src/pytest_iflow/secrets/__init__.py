"""Secrets of a run: the registry that knows them, and how texts and values are masked."""
