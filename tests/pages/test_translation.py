"""Every marked text has its German one, with the same placeholders; the language is the user's or the browser's."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Context, Template
from django.urls import reverse
from django.utils import translation

from annotator import languages, workflow
from annotator.models import Image, Import
from annotator.phrase import Phrase
from annotator.wording import spoken
from annotator.workflow import Action, Role, State
from tests.pages.conftest import catalogues

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*(?::[^{}]*)?\}")


def forms(value) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


@pytest.mark.parametrize("domain", catalogues.DOMAINS)
def test_every_marked_text_is_translated(domain):
    translated = catalogues.read_translations("de", domain)
    marked = catalogues.marked_texts(domain)
    missing = [
        message.id
        for message in marked
        if message.id
        and not (
            (known := translated.get(message.id, message.context)) and all(forms(known.string)) and not known.fuzzy
        )
    ]
    assert len(marked) > 100
    assert missing == []


@pytest.mark.parametrize("domain", catalogues.DOMAINS)
def test_a_translation_has_the_placeholders_of_its_text(domain):
    wrong = []
    for message in catalogues.read_translations("de", domain):
        wanted = [set(PLACEHOLDER.findall(text)) for text in forms(message.id)]
        for i, text in enumerate(forms(message.string)):
            allowed = wanted[min(i, len(wanted) - 1)]
            if message.id and set(PLACEHOLDER.findall(text)) != allowed:
                wrong.append((message.id, text))
    assert wrong == []


def test_no_translation_is_left_over():
    for domain in catalogues.DOMAINS:
        marked = catalogues.marked_texts(domain)
        assert [
            m.id for m in catalogues.read_translations("de", domain) if m.id and not marked.get(m.id, m.context)
        ] == []


def test_the_browser_says_which_language_an_unknown_visitor_reads(client, compiled, db):
    german = client.get(reverse("login"), headers={"accept-language": "de-AT,de;q=0.9,en;q=0.5"})
    assert '<html lang="de"' in german.text and "Anmelden" in german.text
    english = client.get(reverse("login"), headers={"accept-language": "fr"})
    assert '<html lang="en"' in english.text and "Sign in" in english.text


def test_the_choice_of_a_user_holds_in_every_browser(client, alice, compiled):
    client.force_login(alice)
    answer = client.post(reverse("choose-language"), {"language": "de", "next": "/jobs/"})
    assert answer.url == "/jobs/"
    client.cookies.pop("django_language")
    assert '<html lang="de"' in client.get(reverse("projects"), headers={"accept-language": "en"}).text
    alice.refresh_from_db()
    assert alice.preferences["language"] == "de"


def test_a_visitor_keeps_a_language_by_cookie(client, compiled, db):
    client.post(reverse("choose-language"), {"language": "de"})
    assert '<html lang="de"' in client.get(reverse("login")).text


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/"])
def test_choosing_a_language_leads_nowhere_else(client, target, db):
    assert client.post(reverse("choose-language"), {"language": "de", "next": target}).url == "/"


def test_an_unknown_language_is_refused(client, db):
    assert client.post(reverse("choose-language"), {"language": "xx"}).status_code == 400
    assert client.get(reverse("choose-language")).status_code == 405


def test_the_editor_gets_its_texts_with_the_page(client, alice, project, add_image, compiled):
    client.force_login(alice)
    address = reverse("label", args=[add_image(1).pk])
    english = client.get(address).text
    assert 'id="translations"' not in english
    german = client.get(address, headers={"accept-language": "de"}).text
    catalogue = json.loads(re.search(r'<script id="translations"[^>]*>(.*?)</script>', german, re.S)[1])
    assert catalogue["texts"]["Brush"] == "Pinsel"
    assert catalogue["texts"]["{count} pixel"] == ["{count} Pixel", "{count} Pixel"]
    assert catalogue["forms"][:3] == [1, 0, 1] and len(catalogue["forms"]) == languages.FORMS_TOLD


def test_a_refused_step_is_told_in_the_language_of_the_reader(compiled):
    with pytest.raises(workflow.WorkflowError) as refused:
        workflow.step(State.NEW, Action.SUBMIT, Role.OWNER)
    assert str(refused.value) == "The image is new; submit needs an image that is in progress or returned."
    with translation.override("de"):
        assert spoken(refused.value) == (
            "Das Bild ist neu; der Schritt „Einreichen“ braucht ein Bild, das in Arbeit oder zurückgegeben ist."
        )


def test_a_cause_within_a_refusal_is_translated_too(compiled):
    cause = ValueError(Phrase("tile {index} comes twice", index=7))
    with translation.override("de"):
        assert spoken(Phrase("the image cannot be decoded ({reason})", reason=cause)) == (
            "das Bild lässt sich nicht dekodieren (Kachel 7 kommt zweimal)"
        )


def test_an_upload_is_refused_in_the_language_of_the_request(client, alice, project, compiled):
    client.force_login(alice)
    file = SimpleUploadedFile("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    headers = {"accept-language": "de", "accept": "application/json"}
    answer = client.post(reverse("import", args=[project.pk]), {"files": [file]}, headers=headers).json()
    assert answer["rejected"] == [
        {"name": "drawing.svg", "reason": "SVG wird nicht angenommen; nehmen Sie JPEG, PNG, WebP, BMP oder TIFF"}
    ]


@pytest.mark.parametrize(
    ("language", "title", "detail"),
    [("de", "Konflikt", "In image1.png ist noch nichts annotiert."), ("en", "Conflict", None)],
)
def test_the_api_refuses_in_the_language_of_the_request(
    client, alice, project, add_image, compiled, language, title, detail
):
    image = add_image(1)
    Image.objects.filter(pk=image.pk).update(state=State.IN_PROGRESS)
    client.force_login(alice)
    answer = client.post(f"/api/v1/images/{image.pk}/submit", headers={"accept-language": language})
    assert answer.status_code == 409
    assert answer.json()["title"] == title
    detail = detail or f"Nothing is labelled in {image.name} yet."
    assert answer.json()["detail"] == detail.replace("image1.png", image.name)


def test_a_refusal_from_around_the_api_has_the_language_too(client, alice, compiled):
    client.force_login(alice)
    answer = client.get("/api/v1/nothing", headers={"accept-language": "de"})
    assert answer.json()["detail"] == "Unter dieser Adresse ist nichts."


def test_a_stored_reason_is_told_in_german_where_the_catalogue_has_it(client, alice, project, compiled):
    refused = [{"name": "a.png", "reason": "the file is empty"}, {"name": "b.png", "reason": "not in any catalogue"}]
    row = Import.objects.create(
        project=project, format="images", source_name="a.zip", created_by=alice, report={"refused": refused}
    )
    client.force_login(alice)
    page = client.get(reverse("report", args=[row.pk]), headers={"accept-language": "de"}).text
    assert "die Datei ist leer" in page and "not in any catalogue" in page


def test_the_training_form_speaks_german(client, alice, project, compiled):
    client.force_login(alice)
    page = client.get(reverse("models", args=[project.pk]), headers={"accept-language": "de"}).text
    for text in ("Lernrate", "Zufällige Gewichte", "Für die meisten Daten die erste Wahl.", "Verwendete Encoderstufen"):
        assert text in page


def test_bare_numbers_have_a_point_in_every_language():
    with translation.override("de"):
        assert Template("{{ value }}").render(Context({"value": 0.5})) == "0.5"


@pytest.mark.parametrize(
    ("value", "name", "german"),
    [
        (0.7437, "percent", "74,4 %"),
        (0.0123, "points", "+1,2 Punkte"),
        (-2.0, "signed_points", "−2,00 Punkte"),
        (2.34, "times", "2,3×"),
        (0.0125, "milliseconds", "12,5 ms"),
        (3.5, "short_seconds", "3,5 s"),
        (6_500_000, "millions", "6,5 Mio."),
        (0.003, "setting_value", "0,003"),
        ({"cross_entropy": 1.0, "dice": 0.5}, "setting_value", "Kreuzentropie 1, Dice 0,5"),
        ("cosine", "setting_value", "Kosinus"),
        ("Training run 3", "snapshot_name", "Trainingslauf 3"),
    ],
)
def test_quantities_and_values_are_written_as_in_the_language(compiled, value, name, german):
    template = Template("{% load maskloop %}{{ value|" + name + " }}")
    with translation.override("de"):
        assert template.render(Context({"value": value})) == german
    assert "," not in template.render(Context({"value": value})).replace(", ", "")


def test_templates_leave_the_order_of_a_date_to_the_language():
    fixed = re.compile(r"\|date:[\"']")
    templates = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
    assert [path.name for path in templates if fixed.search(path.read_text())] == []


def test_no_attribute_that_is_read_aloud_stays_unmarked():
    literal = re.compile(r'\b(?:alt|title|aria-label|placeholder)="[^"{]*[A-Za-z]{3,}[^"]*"')
    for path in sorted((settings.BASE_DIR / "templates").rglob("*.html")):
        assert literal.findall(path.read_text()) == [], path.name


def test_no_text_of_a_script_stays_unmarked():
    literal = re.compile(r'\b(?:label|title|placeholder|textContent)\s*[:=]\s*"[A-Za-z][a-z]{2,}[^"]*"')
    for path in sorted((settings.BASE_DIR / "annotator" / "static" / "annotator").rglob("*.js")):
        assert literal.findall(path.read_text()) == [], path.name


def test_german_speaks_of_annotating_and_quotes_as_german_does():
    """One word per concept, Sie, and quotes as printed; what stands in code is left out."""
    wrong = []
    for domain in catalogues.DOMAINS:
        for message in catalogues.read_translations("de", domain):
            for text in forms(message.string):
                plain = re.sub(r"\{[^{}]*\}|%\(\w+\)s|„unlabelled“", "", text)
                is_off = re.search(r"[Ll]abel|\b[Dd]u\b|\b[Dd]eine?\b|“[^„]*”", plain)
                if is_off or plain.count("„") != plain.count("“"):
                    wrong.append(text)
    assert wrong == []


def test_no_translation_is_kept_compiled():
    ignored = Path(settings.BASE_DIR, ".gitignore").read_text().splitlines()
    assert "*.mo" in ignored
