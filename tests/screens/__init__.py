"""Pictures of every page of the desk, over an invented county in which three weeks were lived."""
