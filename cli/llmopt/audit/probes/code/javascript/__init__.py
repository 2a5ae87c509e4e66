"""JavaScript and TypeScript, read by rules on the code with its strings blanked."""
