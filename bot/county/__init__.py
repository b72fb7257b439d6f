"""What a county goes by: its rule tables, sentences and forms, read, published and changed."""
