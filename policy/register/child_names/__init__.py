"""How a child is found as villagers speak of it, pure: an index and what it stands on."""
