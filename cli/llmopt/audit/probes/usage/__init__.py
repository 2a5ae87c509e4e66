"""Usage logs: what was asked of models, how often, at what cost."""
