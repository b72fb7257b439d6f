"""Lists that leave the house."""
