"""Bare numbers of templates have a point, as scripts, drawings and styles read them.

Those that people read go through `annotator.wording.in_digits`.
"""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = "\u202f"
