"""Reports side by side: how sure differences are, and whether they stay within limits."""
