"""Whom the suite talks to: tenants, environments, clients and their service keys."""
