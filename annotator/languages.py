"""The language of a request, and the browser's part of a catalogue."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.translation.trans_real import DjangoTranslation
from django.views.i18n import JavaScriptCatalog

SOURCE_LANGUAGE = "en"
FORMS_TOLD = 200


class UserLanguageMiddleware(LocaleMiddleware):
    """Speak the language that the user chose, else that of the cookie or the browser. Stands after authentication."""

    def process_request(self, request: HttpRequest) -> None:
        language = chosen_language(request) or translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]


def chosen_language(request: HttpRequest) -> str | None:
    """The language among the user's preferences, where it is one that the product has."""
    user = getattr(request, "user", None)
    language = user.preferences.get("language") if user is not None and user.is_authenticated else None
    return language if language in dict(settings.LANGUAGES) else None


def translations(request: HttpRequest) -> dict[str, Any]:
    """Template context: the texts of scripts in the language of the page; None where they are in it already."""
    language = translation.get_language() or SOURCE_LANGUAGE
    return {"translations": None if language == SOURCE_LANGUAGE else script_catalogue(language)}


@lru_cache
def script_catalogue(language: str) -> dict[str, Any]:
    """What `i18n.js` reads: the language, its texts by their English ones, and which form each count takes.

    Args:
        language: code of one of settings.LANGUAGES, not English.
    """
    found = DjangoTranslation(language, domain="djangojs", localedirs=settings.LOCALE_PATHS)
    view = JavaScriptCatalog()
    view.translation = found
    return {
        "language": language,
        "texts": view.get_catalog(),
        "forms": [found.plural(count) for count in range(FORMS_TOLD)],
    }
