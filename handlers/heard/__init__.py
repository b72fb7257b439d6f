"""What words say while a form is open, whether it asks for that or for something else."""
