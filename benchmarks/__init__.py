"""Benchmarks behind the performance figures of the README and the docs."""
