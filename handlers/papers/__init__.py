"""Papers as Word files: what stands on them, and how they are written."""
