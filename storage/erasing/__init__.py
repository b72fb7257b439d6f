"""What is over goes for good: of cases, of children who left, and of what belongs to neither."""
