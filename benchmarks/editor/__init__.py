"""What the label editor takes in a real browser; see `__main__`."""
