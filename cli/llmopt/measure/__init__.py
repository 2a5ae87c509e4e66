"""What is known of a suite without asking a model: tokens, prefixes, prices."""
