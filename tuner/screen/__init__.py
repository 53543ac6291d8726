"""What people see: tables and lines in a terminal, and pictures."""
