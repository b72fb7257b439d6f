"""What can be asked at the machine, as ``python -m bot COMMAND``."""
