"""What teachers and schools say: classes, who is missing, months and holidays."""
