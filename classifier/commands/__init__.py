"""The commands of `python -m classifier`, a module each, with `add_arguments(parser, shared)` and
`run(options)`."""
