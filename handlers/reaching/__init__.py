"""How people are reached: what they are told, when, by which way, and what if they are not."""
