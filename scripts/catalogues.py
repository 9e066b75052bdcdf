"""The catalogues of translations: `extract` brings the .po files up to date, `compile` makes the .mo files.

Babel does both, so that no gettext need be installed. The .mo files are not kept in the repository.
"""

import io
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
LOCALE = ROOT / "annotator" / "locale"
LANGUAGES = ("de",)
DOMAINS = ("django", "djangojs")
PYTHON_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "_count": (1, 2),
    "Phrase": None,
    "counted": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
SCRIPT_KEYWORDS = {"t": None, "tn": (1, 2)}

Found = tuple[str, int, object, str | None]


def found_in_python() -> Iterator[Found]:
    """Texts marked in Python, as (file, line, message, context)."""
    for path in sorted([*(ROOT / "annotator").rglob("*.py"), *(ROOT / "segmodels").rglob("*.py")]):
        with path.open("rb") as file:
            for line, message, _, context in extract("python", file, PYTHON_KEYWORDS):
                yield _name(path), line, message, context


def found_in_registries() -> Iterator[Found]:
    """Texts of formats, settings and architectures, which know nothing of translation; pages look them up."""
    from annotator.formats import READERS, WRITERS
    from annotator.wording import good_for, plain_setting
    from segmodels.catalogue import ARCHITECTURE_CARDS, ENCODERS
    from segmodels.settings import TrainingSettings

    for entry in (*READERS.values(), *WRITERS.values()):
        for text in (entry.title, entry.description):
            yield "annotator/formats", 0, text, None
    for setting in fields(TrainingSettings):
        yield "segmodels/settings.py", 0, plain_setting(setting.name), None
    for encoder in ENCODERS.values():
        yield "segmodels/encoder_cards.py", 0, encoder.title, None
    for card in ARCHITECTURE_CARDS.values():
        options = [text for option in card.options for text in (plain_setting(option.name), option.help)]
        labels = [stage.label for stage in card.diagram.stages if stage.label.islower()]
        for text in (card.summary, card.description, good_for(card), *options, *labels):
            yield "segmodels/architectures", 0, text, None


def found_in_templates() -> Iterator[Found]:
    """Texts marked in templates, which Django turns into something like Python first."""
    from django.utils.translation.template import templatize

    for path in sorted((ROOT / "templates").rglob("*.html")):
        source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        for line, message, _, context in extract("python", io.BytesIO(source.encode()), PYTHON_KEYWORDS):
            yield _name(path), line, message, context


def found_in_scripts() -> Iterator[Found]:
    """Texts marked in the browser's modules."""
    options = {"parse_template_string": "True"}
    for path in sorted((ROOT / "annotator" / "static" / "annotator").rglob("*.js")):
        with path.open("rb") as file:
            for line, message, _, context in extract("javascript", file, SCRIPT_KEYWORDS, options=options):
                yield _name(path), line, message, context


def marked_texts(domain: str) -> Catalog:
    """All texts of a domain that wait for a translation.

    Args:
        domain: "django" for Python and templates, "djangojs" for scripts.
    """
    catalog = Catalog(domain=domain, project="Maskloop", fuzzy=False)
    sources = (
        [found_in_scripts()]
        if domain == "djangojs"
        else [found_in_python(), found_in_registries(), found_in_templates()]
    )
    for source in sources:
        for name, _, message, context in source:
            flags = ["python-format"] if domain == "django" and "%(" in str(message) else []
            catalog.add(message, locations=[(name, None)], context=context, flags=flags)
    return catalog


def po_path(language: str, domain: str) -> Path:
    """Where the translations of a domain are kept."""
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


def read_translations(language: str, domain: str) -> Catalog:
    """The translations as they are kept, or an empty catalogue."""
    path = po_path(language, domain)
    if not path.exists():
        return Catalog(locale=language, domain=domain, project="Maskloop", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain)


def update_translations() -> None:
    """Add new texts to the .po files and drop those that are gone; what is translated stays."""
    for language in LANGUAGES:
        for domain in DOMAINS:
            catalog = read_translations(language, domain)
            catalog.update(marked_texts(domain), no_fuzzy_matching=True)
            catalog.obsolete.clear()
            catalog.fuzzy = False
            path = po_path(language, domain)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                write_po(file, catalog, width=110, sort_output=True, omit_header=False, include_lineno=False)


def compile_translations() -> None:
    """Write the .mo files that Django reads."""
    for language in LANGUAGES:
        for domain in DOMAINS:
            path = po_path(language, domain)
            with path.with_suffix(".mo").open("wb") as file:
                write_mo(file, read_translations(language, domain))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    commands = {"extract": update_translations, "compile": compile_translations}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit("usage: python scripts/catalogues.py extract | compile")
    if sys.argv[1] == "extract":
        from django.conf import settings

        sys.path.insert(0, str(ROOT))  # the registries are imported, wherever this is run from
        settings.configure(USE_I18N=False)
        django.setup()
    commands[sys.argv[1]]()
