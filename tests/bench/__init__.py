"""Benchmarks: `python -m tests.bench --help`. Ratios of one run count; these are not tests."""
