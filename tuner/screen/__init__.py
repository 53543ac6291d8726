"""What people see: tables and lines in a terminal, pictures, and the dashboard."""
