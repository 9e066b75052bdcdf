"""A phrase is an English string that can be said in another language later, with all that it holds."""

import json
import pickle

from annotator.imagefile import BadFile
from annotator.phrase import Phrase
from annotator.wording import spoken


def test_a_phrase_is_its_english_text():
    phrase = Phrase("tile {index} is cut off", index=3)
    assert phrase == "tile 3 is cut off"
    assert json.loads(json.dumps({"reason": phrase})) == {"reason": "tile 3 is cut off"}


def test_a_phrase_survives_the_way_between_processes():
    error = pickle.loads(pickle.dumps(BadFile("a.png", Phrase("larger than {most} bytes", most="1,000"))))
    assert error.reason == "larger than 1,000 bytes"
    assert (error.reason.template, error.reason.values) == ("larger than {most} bytes", {"most": "1,000"})


def test_braces_of_a_value_are_left_alone():
    phrase = Phrase("the file cannot be read ({reason})", reason="{0} {name}")
    assert spoken(phrase) == "the file cannot be read ({0} {name})"


def test_what_is_no_phrase_stays():
    assert spoken(OSError(2, "No such file")) == "[Errno 2] No such file"
    assert spoken("") == ""
