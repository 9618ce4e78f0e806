"""The commands of `python -m classifier`, a module each: `add_arguments(parser, shared)` and `run(options)`."""
