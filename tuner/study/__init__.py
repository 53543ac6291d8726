"""A study: its study file, its settings and their ranges, its record, its trials, its files and its status."""
