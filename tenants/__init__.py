"""Tenant files; a package only so that the built-in ones ship with the plugin."""
