"""End-to-end tests of SAP Cloud Integration, as a pytest plugin with a ready suite."""
