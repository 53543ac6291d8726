"""What a study is: its file, its settings and their ranges, its record, its trials, its files, and how it stands."""
