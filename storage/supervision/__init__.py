"""What the work comes to, counted: from the rows, and from what is kept of whole days."""
