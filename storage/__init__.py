"""The memory: tables, units of work, sealed columns, the audit chain. Plain functions on storage threads; nothing here is async."""
