"""The suite's own wiring: a fixture that is defined here replaces the plugin's of the same name."""
