"""What the work comes to: figures, outcomes, coverage, and the burden that it is."""
