"""Who works here: how they come, where they are, who stands in, how they leave."""
