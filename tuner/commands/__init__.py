"""The command line's commands, by what they are about; `tuner.cli` gathers them."""
