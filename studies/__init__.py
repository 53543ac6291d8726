"""The study files that ship with the package: TOML, no code."""
