"""What the tenant says about messages, artifacts and endpoints: its OData API, read only."""
