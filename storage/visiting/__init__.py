"""Visits, and who is looked at again."""
