"""The rules of the work, pure: urgency, circumstances, places, words, a county's own tables."""
