"""Other offices' systems: their tokens, and what they are told."""
