"""The register of children (台账), pure: its columns, reading rosters, and finding a child."""
