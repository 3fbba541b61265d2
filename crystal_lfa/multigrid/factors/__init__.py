"""Factors: what tells how good a smoother, or a cycle, is."""
