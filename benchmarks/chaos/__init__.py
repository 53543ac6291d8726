"""Whether a study survives what happens to its processes, its database, its disks and its clocks."""
