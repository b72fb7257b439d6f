"""What was reported, by whom, what came with it, and the forms that somebody is filling in."""
