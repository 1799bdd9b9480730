"""Drafts of suites, made of what a team has: collections, descriptions of interfaces, a tenant."""
