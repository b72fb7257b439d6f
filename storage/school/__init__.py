"""What schools say: classes, who is missing, months and holidays."""
