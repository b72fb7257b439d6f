"""The REST interface for other offices' programs, version 1."""
