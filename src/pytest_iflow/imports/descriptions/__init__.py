"""Descriptions of interfaces (OpenAPI, WSDL, EDMX) as suites."""
