"""What pydantic says of a value that it refused, in the reader's language, and where the value stands."""

from collections.abc import Mapping
from typing import Any

from annotator.phrase import Phrase, counted
from annotator.wording import spoken

# By pydantic's name of the error, those that fields of this API can meet: its own words.
PHRASES = {
    "bool_parsing": Phrase("Input should be a valid boolean, unable to interpret input"),
    "bool_type": Phrase("Input should be a valid boolean"),
    "dict_type": Phrase("Input should be a valid dictionary"),
    "extra_forbidden": Phrase("Extra inputs are not permitted"),
    "finite_number": Phrase("Input should be a finite number"),
    "float_parsing": Phrase("Input should be a valid number, unable to parse string as a number"),
    "float_type": Phrase("Input should be a valid number"),
    "int_from_float": Phrase("Input should be a valid integer, got a number with a fractional part"),
    "int_parsing": Phrase("Input should be a valid integer, unable to parse string as an integer"),
    "int_parsing_size": Phrase("Unable to parse input string as an integer, exceeded maximum size"),
    "int_type": Phrase("Input should be a valid integer"),
    "list_type": Phrase("Input should be a valid list"),
    "missing": Phrase("Field required"),
    "model_attributes_type": Phrase("Input should be a valid dictionary or object to extract fields from"),
    "string_type": Phrase("Input should be a valid string"),
    "string_unicode": Phrase("Input should be a valid string, unable to parse raw data as a unicode string"),
    "tuple_type": Phrase("Input should be a valid tuple"),
}


def place_of_value(error: Mapping[str, Any]) -> str:
    """Where an entry of `ValidationError.errors` is, as the client wrote it: `points.0.x`, or `body` for all of it.

    django-ninja puts the part of the request before it, and for a JSON body the name of our parameter.
    """
    part, *names = error["loc"]
    path = names[1:] if part == "body" else names
    return ".".join(map(str, path)) or part


def said_of_value(error: Mapping[str, Any]) -> str:
    """An entry of `ValidationError.errors` in words; what is not in the catalogue stays in English."""
    phrase = PHRASES.get(error["type"]) or _with_values(error["type"], error.get("ctx", {}))
    return spoken(phrase) if phrase == error["msg"] else str(error["msg"])


def _with_values(kind: str, values: Mapping[str, Any]) -> Phrase | None:
    match kind:
        case "literal_error":
            first, _, last = values["expected"].rpartition(" or ")
            either = Phrase("{one} or {other}", one=first, other=last) if first else last
            return Phrase("Input should be {expected}", expected=either)
        case "greater_than_equal":
            return Phrase("Input should be greater than or equal to {least}", least=values["ge"])
        case "less_than":
            return Phrase("Input should be less than {bound}", bound=values["lt"])
        case "too_long":
            return counted(
                "{kind} should have at most {count} item after validation, not {length}",
                "{kind} should have at most {count} items after validation, not {length}",
                values["max_length"],
                kind=values["field_type"],
                length=values["actual_length"],
            )
    return None
