"""The demo project: made-up microscopy with known truth."""
