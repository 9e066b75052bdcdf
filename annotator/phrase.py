"""English texts of modules that know no Django, made so that a border can say them in another language."""

from segmodels.phrase import Phrase, as_json, counted, from_json, said

__all__ = ["Phrase", "as_json", "counted", "from_json", "said"]
