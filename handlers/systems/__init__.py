"""Other offices' systems: what they may read and report, and what they are told."""
