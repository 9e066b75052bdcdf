"""Numbers have a point, as in the editor, in scripts, in drawings and in the files that come out of the product."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = "\u202f"
