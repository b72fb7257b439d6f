"""Words as they are compared with ours: in simplified characters, without marks around them."""

import unicodedata
from importlib.resources import files

#: Traditional characters, each before the simplified one that is heard for it (OpenCC, Apache-2.0:
#: what is common of its table, one for one, so that no place in a text moves).
_PAIRS = files("policy").joinpath("characters.tsv").read_text("utf-8").split()
_TABLE = str.maketrans({pair[0]: pair[1] for pair in _PAIRS})


def simplified(text: str) -> str:
    """The same text in simplified characters, as long as before."""
    return text if text.isascii() else text.translate(_TABLE)


def bare(text: str) -> str:
    """Letters and figures alone, in one width and case: 「幫 助」？ is 帮助."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return simplified("".join(letter for letter in plain if letter.isalnum()))
