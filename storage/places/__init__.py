"""The areas, and how they change."""
