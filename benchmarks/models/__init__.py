"""Long measurements of models: `python -m benchmarks.models [PART ...]`, one module per part, `parts` lists them."""
