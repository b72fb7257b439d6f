"""The program: the only place that knows all the parts, waits, and speaks to the world."""

import os

# Characters are read one by one (policy/sounds.py): pypinyin's table of phrases would give the
# same readings, 46 MB and a third of a second later.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
