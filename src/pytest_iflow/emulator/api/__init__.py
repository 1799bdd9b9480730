"""The host without -rt: the OData API, and the login page for everything else."""
