"""The receiver of the product flows: an OData V2 service over a catalogue of products."""
