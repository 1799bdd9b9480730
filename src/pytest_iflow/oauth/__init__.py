"""Access tokens: request, share, renew, read claims."""
