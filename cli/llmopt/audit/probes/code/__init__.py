"""Python and JavaScript read to one form, and what is seen in it."""
