"""How many turns share one commit on a storage thread."""
