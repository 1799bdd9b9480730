"""The engine: runs an exported iFlow step by step, as far as the documentation of SAP and Camel says how."""
