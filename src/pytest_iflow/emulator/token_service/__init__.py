"""The token service: authenticates clients, issues and describes access tokens."""
