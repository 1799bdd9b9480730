"""Calls recorded, made anonymous, written as a suite, and compared when they are sent again."""
