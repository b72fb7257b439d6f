"""The invented county of the demo, and the invented people whom a visitor may act as."""
