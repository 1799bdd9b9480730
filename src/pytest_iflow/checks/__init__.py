"""Judgements on an answer: JSON Schema, values at a path, golden messages."""
