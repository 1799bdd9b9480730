"""The probes of ``pytest-iflow doctor``: what has to work for a call, from the tenant file to the iFlow."""
