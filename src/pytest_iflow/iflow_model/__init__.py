"""The model of an integration flow: what an exported bundle or package says, read and named, never run."""
