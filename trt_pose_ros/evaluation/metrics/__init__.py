"""Figures of what was found against what is true, and of how long it took. NumPy arrays in, numbers out."""
