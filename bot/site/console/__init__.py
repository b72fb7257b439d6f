"""The officers' console: pages and plain forms over the same handlers as the talk."""
