"""The command pytest-iflow, one module per sub-command."""
