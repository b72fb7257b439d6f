"""What keeps the memory in order while people talk: keys, counts, copies."""
