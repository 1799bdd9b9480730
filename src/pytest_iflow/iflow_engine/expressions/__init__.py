"""Expressions of iFlows: Camel's Simple language, its conditions, XPath, and Java's date patterns."""
