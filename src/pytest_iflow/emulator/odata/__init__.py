"""OData V2 over SQLite: an entity model as data, and the one engine that answers for it."""
