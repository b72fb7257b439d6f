"""Cards that we owe somebody, what did not arrive, and who has to call because of it."""
