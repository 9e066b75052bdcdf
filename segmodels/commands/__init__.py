"""What `python -m segmodels` does, one file per command; each adds its parser and sets `run` to its function."""
