"""The rules of the work, pure: urgency, circumstances, places, words, and the tables that a county may override."""
