"""The program: the only place that knows all the parts, waits, and speaks to the world."""
