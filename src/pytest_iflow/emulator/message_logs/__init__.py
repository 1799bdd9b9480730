"""Message processing logs (MPL): what the tenant remembers of each message."""
