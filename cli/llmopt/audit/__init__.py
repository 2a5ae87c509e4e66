"""The cost audit: probes collect facts of a project once, checks judge them."""
