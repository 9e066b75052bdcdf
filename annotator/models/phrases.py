"""Texts that tables keep with their parts, so that every reader gets them in their own language."""

import json
from typing import Any

from django.db import models

from annotator.phrase import Phrase, as_json, from_json

MARK = "\x1e"  # before the JSON of a phrase; no text that people read begins with it


class PhraseField(models.TextField):
    """A text; a `Phrase` comes back as one, which `annotator.wording.spoken` says in the reader's language."""

    def get_prep_value(self, value: Any) -> Any:
        return MARK + json.dumps(as_json(value)) if isinstance(value, Phrase) else super().get_prep_value(value)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return from_json(json.loads(value[1:])) if value and value.startswith(MARK) else value
