"""How each channel hears and speaks. channel.py is the protocol; every other file is one channel."""
