"""The integration flows of the tenant, one module each."""
