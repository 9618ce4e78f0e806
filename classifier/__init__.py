"""Waste photographs in, labels with a calibrated confidence out.

A pure library and a command line (`python -m classifier`): no Django, no settings, no environment; every
path is passed in. Serving needs Pillow, NumPy and LiteRT; training needs the `train` extra as well.
"""
