"""The register: the children, who looks after them, and who answers for them."""
