"""Formulas: numbers in, numbers out. Nothing here knows prompts, models or files."""
