"""Script steps: Groovy in a JVM that is kept warm, with our own implementation of SAP's public script API."""
