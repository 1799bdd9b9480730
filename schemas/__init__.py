"""JSON Schemas and XSDs; a package only so that they ship with the plugin."""
