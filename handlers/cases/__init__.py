"""What becomes of a report: accepted, looked after, moved by acts, ended."""
