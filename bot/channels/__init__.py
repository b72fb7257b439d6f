"""How each channel hears and speaks; channel.py is the protocol that each of them keeps."""
