"""The library: what the commands call, and what `import llmopt` offers."""
