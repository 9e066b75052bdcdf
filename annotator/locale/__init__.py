"""Translations, and how each language writes numbers."""
