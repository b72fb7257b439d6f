"""Who works here and how they come in: roles, contacts, links, leave, who is on duty."""
