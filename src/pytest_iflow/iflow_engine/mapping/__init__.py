"""Message mappings (``.mmap``) of exported iFlows: read, looked through beforehand, and run."""
