"""Cases: whose they are, what became of them, and what must happen by when."""
