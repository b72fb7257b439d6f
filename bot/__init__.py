"""The program: the only place that knows all the parts, waits, and speaks to the world."""

import gc

# The collector looks for cycles after so many objects, and not after every few hundred: what a
# start makes stays, and what a turn makes forms no cycles. A start is a sixth shorter by it.
gc.set_threshold(20_000)
