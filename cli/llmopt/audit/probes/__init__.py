"""Probes: each collects one kind of fact, once; none of them judges."""
