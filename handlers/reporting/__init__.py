"""From the first word to the receipt, and what whoever reported hears afterwards."""
