"""Tables that an office or a person brings, read in the jail and taken in."""
