"""The sentences of the command line, from words.toml."""

from importlib import resources

from policy.words import read_words

words = read_words(resources.files("bot.commands").joinpath("words.toml").read_text("utf-8"))
