"""What the office keeps beside the cases: its sessions, forms, rules, tables and papers."""
