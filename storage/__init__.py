"""The memory: turns that share a commit, sealed columns, the audit chain. Nothing is async."""
