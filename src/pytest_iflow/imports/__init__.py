"""Drafts of suites, made of what a team has: collections of requests, descriptions of interfaces, a tenant."""
