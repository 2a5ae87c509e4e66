"""The limits that CI enforces: baselines, comparisons, one verdict."""
