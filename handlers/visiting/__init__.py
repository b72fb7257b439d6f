"""Visits: planned, reminded of, entered."""
