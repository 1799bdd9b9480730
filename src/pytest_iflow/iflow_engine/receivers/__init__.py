"""Receiver adapters: what a flow sends, and how what comes back becomes the message."""
