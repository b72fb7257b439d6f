"""What a conversation costs, measured beside others on the same talk."""
