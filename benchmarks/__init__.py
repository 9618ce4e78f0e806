"""Benchmarks: each prints its figures beside a peer or limit measured in the same run."""
