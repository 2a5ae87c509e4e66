"""Cheaper prompts, proven not worse."""
