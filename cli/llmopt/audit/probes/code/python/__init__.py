"""Python, read by its syntax tree."""
