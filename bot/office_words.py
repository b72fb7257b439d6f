"""The sentences of the command line, from commands.toml."""

from importlib import resources

from policy.words import read_words

words = read_words(resources.files("bot").joinpath("commands.toml").read_text("utf-8"))
