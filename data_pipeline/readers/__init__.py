"""Reads the files that people have, of every format: `sources` picks the reader, and each comes to `Recordings`."""
