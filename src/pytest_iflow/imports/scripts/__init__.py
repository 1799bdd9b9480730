"""Test scripts of collections, parsed and never run, as steps."""
