"""The step vocabulary, one module per subject."""
