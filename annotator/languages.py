"""The language of a request, and the browser's part of a catalogue."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.translation.trans_real import (
    DjangoTranslation,
    get_supported_language_variant,
    parse_accept_lang_header,
)
from django.views.i18n import JavaScriptCatalog

from annotator.wording import SOURCE_LANGUAGE

FORMS_TOLD = 200


class UserLanguageMiddleware(LocaleMiddleware):
    """Speak the language that the user chose, else that of the cookie or the browser. Stands after authentication."""

    def process_request(self, request: HttpRequest) -> None:
        _speak(request, chosen_language(request) or translation.get_language_from_request(request))


def chosen_language(request: HttpRequest) -> str | None:
    """The language among the user's preferences, where it is one that the product has."""
    user = getattr(request, "user", None)
    language = user.preferences.get("language") if user is not None and user.is_authenticated else None
    return language if language in dict(settings.LANGUAGES) else None


def speak_to_client(request: HttpRequest) -> None:
    """Speak the language that a client with a token names in Accept-Language, else that of its user's preferences.

    Who a token belongs to is known only after the middleware. A browser always sends the header, a client only
    where somebody wrote it, so here it comes before the preferences.
    """
    language = _named_language(request) or chosen_language(request)
    if language:
        _speak(request, language)


def _speak(request: HttpRequest, language: str) -> None:
    """Answer in `language`; Django's own middleware leaves it on the request, which its stubs do not know."""
    translation.activate(language)
    request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]


def _named_language(request: HttpRequest) -> str | None:
    """The first language of Accept-Language that the product has."""
    for named, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if named == "*":
            return None
        try:
            return get_supported_language_variant(named)
        except LookupError:
            continue
    return None


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
