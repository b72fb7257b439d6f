"""The talk itself, pure: what came in and where a dialogue stands give the next screen."""
