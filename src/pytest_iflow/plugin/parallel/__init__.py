"""Scenarios side by side: ``--parallel``."""
