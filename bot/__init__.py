"""The program: the only place that knows all the parts, waits, and speaks to the world."""

import gc
import os

# Characters are read one by one (policy/sounds.py): pypinyin's table of phrases would give the
# same readings, 46 MB and a third of a second later.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
# Nobody adds readings of their own, for which it would keep its table of characters twice.
os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")

# The collector looks for cycles after so many objects, and not after every few hundred: what a
# start makes stays, and what a turn makes forms no cycles. A start is a sixth shorter by it.
gc.set_threshold(20_000)
