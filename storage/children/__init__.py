"""The register: the children, who looks after them, who answers for them, and their rosters."""
