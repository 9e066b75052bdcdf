"""What workers and libraries said is told, and kept, so that all readers get it in their own language."""

import json
from typing import Annotated, Literal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation
from django.views.defaults import bad_request, server_error
from pydantic import Field, TypeAdapter, ValidationError

from annotator.api.authentication import create_token
from annotator.api.validation import said_of_value
from annotator.imagefile import BadFile
from annotator.models import Import, Job
from annotator.pages.diagrams import draw
from annotator.phrase import Phrase, as_json, counted, from_json
from annotator.services import imports, jobs
from annotator.services.errors import ServiceError
from annotator.wording import in_digits, spoken, told
from segmodels.catalogue import ARCHITECTURE_CARDS
from segmodels.errors import SettingsError, TrainingFailed, WeightsNotFound
from segmodels.settings import TrainingSettings
from tests.conftest import picture

GERMAN = {"accept-language": "de"}


@pytest.fixture(autouse=True)
def catalogue(compiled, monkeypatch):
    monkeypatch.setattr(jobs.app, "send_task", lambda *args, **kwargs: None)


def ended(job: Job, work) -> Job:
    """The job after a worker, which speaks English, has run it."""
    with translation.override("en"):
        jobs.execute(job.pk, {job.kind: work})
    return Job.objects.get(pk=job.pk)


def raised(error: Exception):
    def work(handle):
        raise error

    return work


def settings_error(**values) -> SettingsError:
    with pytest.raises(SettingsError) as refused:
        TrainingSettings.from_dict(values)
    return refused.value


@pytest.mark.parametrize(
    ("phrase", "german"),
    [
        (counted("{count:,} image", "{count:,} images", 1), "1 Bild"),
        (counted("{count:,} image", "{count:,} images", 1234), "1.234 Bilder"),
        (Phrase("larger than {most:,} bytes", most=5_000_000), "größer als 5.000.000 Byte"),
        (
            Phrase("{value:g} is outside {low:g} to {high:g}", value=1.5, low=0, high=2),
            "1,5 liegt außerhalb von 0 bis 2",
        ),
    ],
)
def test_counts_and_numbers_of_a_phrase_are_those_of_the_language(phrase, german):
    kept = json.loads(json.dumps(as_json(phrase)))
    assert from_json(kept) == phrase
    with translation.override("de"):
        assert spoken(from_json(kept)) == german
    assert spoken(phrase) == phrase


def test_separators_are_those_of_the_language():
    with translation.override("de"):
        assert in_digits("1,234.5") == "1.234,5"
    assert in_digits("1,234.5") == "1,234.5"


@pytest.mark.parametrize(
    ("error", "german"),
    [
        (settings_error(epochs=0), "epochs: 0 liegt außerhalb von 1 bis 10000"),
        (settings_error(architecture="none"), "architecture: 'none' gibt es nicht; wählen Sie aus: unet, "),
        (settings_error(loss={"dice": 2000}), "loss: 2000 liegt außerhalb von 0 bis 100"),
        (
            settings_error(architecture="unet", architecture_options={"depth": 1.5}),
            "depth: muss eine ganze Zahl sein, nicht 1.5",
        ),
        (BadFile("a.zip", Phrase("not a zip archive, or cut short")), "a.zip: kein Zip-Archiv oder abgeschnitten"),
        (ServiceError(Phrase("Segment {segment} is in the table twice.", segment=7)), "Segment 7 steht zweimal"),
        (WeightsNotFound("resnet50", ["hub"], "Fetch them."), "Keine ImageNet-Gewichte für den Encoder resnet50."),
        (
            TrainingFailed(
                Phrase(
                    "Memory ran out with {count} images at once ({reason}). Lower micro_batch_size.",
                    count=8,
                    reason="x",
                )
            ),
            "Der Speicher reichte nicht für 8 Bilder auf einmal",
        ),
    ],
)
def test_the_error_of_a_job_is_told_in_the_language_of_its_reader(client, alice, project, error, german):
    job = Job.objects.create(kind="work", queue="io", project=project)
    failed = ended(job, raised(error))
    assert failed.error in (str(error), f"{type(error).__name__}: {error}")
    client.force_login(alice)
    for address in (reverse("job", args=[job.pk]), reverse("jobs", args=[project.pk])):
        assert german[:40] in client.get(address, headers=GERMAN).text.replace("&#x27;", "'")
    assert german in client.get(f"/api/v1/jobs/{job.pk}", headers=GERMAN).json()["error"]
    assert client.get(f"/api/v1/jobs/{job.pk}").json()["error"] == failed.error


def test_the_progress_of_a_job_is_told_in_the_language_of_its_reader(client, alice, project):
    job = Job.objects.create(kind="work", queue="io", project=project)

    def work(handle):
        step = Phrase(
            "epoch {epoch}, step {step:,} of {total:,}, loss {loss:.3f}", epoch=2, step=1500, total=3000, loss=0.5
        )
        handle.report(0.5, Phrase("{step}, {time} left", step=step, time="3 min"), now=True)

    done = ended(job, work)
    assert done.message == "epoch 2, step 1,500 of 3,000, loss 0.500, 3 min left"
    client.force_login(alice)
    page = client.get(reverse("job", args=[job.pk]), headers=GERMAN).text
    assert "Epoche 2, Schritt 1.500 von 3.000, Verlust 0,500, noch 3 min" in page


def test_an_import_reports_in_the_language_of_its_reader(client, alice, project, tmp_path):
    table = {
        "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "lost.png"}, "x"],
        "annotations": [{"id": 9, "image_id": 1, "category_id": 3, "segmentation": []}],
        "categories": [{"id": 3, "name": "Cell"}],
    }
    (tmp_path / "t.json").write_text(json.dumps(table))
    (tmp_path / "a.png").write_bytes(picture(1))
    with translation.override("en"):
        report = imports.import_folder(project=project, user=alice, root=tmp_path, format="coco")
    row = Import.objects.create(
        project=project, format="coco", source_name="a.zip", created_by=alice, report=imports.kept_report(report)
    )
    told_to = [
        "lost.png</td><td>in t.json aufgeführt, aber die Datei fehlt",
        "1 Eintrag in images oder annotations ist kein Objekt",
        "Annotation: t.json: Annotation 9: die Segmentierung ist leer. Das Bild wurde behalten.",
    ]
    client.force_login(alice)
    page = client.get(reverse("report", args=[row.pk]), headers=GERMAN).text
    assert [text for text in told_to if text not in page] == []
    answer = client.get(f"/api/v1/imports/{row.pk}", headers=GERMAN).json()["report"]["refused"]
    assert "in t.json aufgeführt, aber die Datei fehlt" in [file["reason"] for file in answer]
    english = client.get(f"/api/v1/imports/{row.pk}").json()["report"]["refused"]
    assert "listed in t.json, but the file is not there" in [file["reason"] for file in english]


def test_words_of_diagrams_follow_every_reader():
    diagram = ARCHITECTURE_CARDS["mask_rcnn"].diagram
    for language, words in (("en", {"proposals", "mask", "objects"}), ("de", {"Vorschläge", "Maske", "Objekte"})):
        with translation.override(language):
            assert words <= {box.label for box in draw(diagram).boxes}


def test_choices_of_an_architecture_are_words(client, alice, project):
    client.force_login(alice)
    page = client.get(reverse("models", args=[project.pk]), headers=GERMAN).text
    assert ">eingefroren</option>" in page and ">frozen</option>" not in page


def test_dates_are_written_as_in_the_language(client, alice, project):
    job = Job.objects.create(kind="work", queue="io", project=project)
    Job.objects.filter(pk=job.pk).update(created="2026-03-09T08:07:00Z")
    client.force_login(alice)
    address = reverse("jobs", args=[project.pk])
    assert "9. März, 08:07" in client.get(address, headers=GERMAN).text
    assert "9 Mar, 08:07" in client.get(address).text


@pytest.mark.parametrize(
    ("kind", "value", "german"),
    [
        (int, "x", "muss eine ganze Zahl sein; der Text ist keine"),
        (Annotated[int, Field(ge=1000)], 1, "muss mindestens 1000 sein"),
        (Annotated[int, Field(lt=10)], 10, "muss kleiner als 10 sein"),
        (Literal["a", "b", "c"], "d", "muss 'a', 'b' oder 'c' sein"),
        (Annotated[list[int], Field(max_length=1)], [1, 2], "List darf höchstens 1 Eintrag haben, nicht 2"),
        (bool, "perhaps", "muss true oder false sein; die Eingabe ist nicht deutbar"),
        (dict[str, float], [], "muss ein Objekt aus Namen und Werten sein"),
        (str, 3, "muss ein Text sein"),
        (tuple[int, int], [1], "fehlt"),
    ],
)
def test_what_a_schema_refuses_is_said_in_german(kind, value, german):
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    [entry] = refused.value.errors()
    assert said_of_value(entry) == entry["msg"]
    with translation.override("de"):
        assert said_of_value(entry) == german


def test_an_error_that_no_catalogue_knows_stays_as_it_is():
    with translation.override("de"):
        assert said_of_value({"type": "uuid_parsing", "msg": "Input should be a valid UUID"}).endswith("UUID")


@pytest.mark.parametrize(
    ("header", "preference", "title"),
    [
        (None, "de", "Nicht gefunden"),
        (None, None, "Not Found"),
        ("de", None, "Nicht gefunden"),
        ("en", "de", "Not Found"),
        ("de-CH, en;q=0.5", "en", "Nicht gefunden"),
        ("fr", "de", "Nicht gefunden"),
        ("*", "de", "Nicht gefunden"),
    ],
)
def test_a_token_gets_the_language_it_names_else_that_of_its_user(alice, header, preference, title):
    alice.preferences = {"language": preference} if preference else {}
    alice.save()
    headers = {"authorization": f"Bearer {create_token(alice)}"} | ({"accept-language": header} if header else {})
    assert Client().get("/api/v1/jobs/1", headers=headers).json()["title"] == title


def test_a_session_keeps_the_language_of_its_user(client, alice):
    alice.preferences = {"language": "de"}
    alice.save()
    client.force_login(alice)
    assert client.get("/api/v1/jobs/1", headers={"accept-language": "en"}).json()["title"] == "Nicht gefunden"


def test_a_body_that_is_no_json_is_refused_in_german(client, alice):
    client.force_login(alice)
    answer = client.post("/api/v1/projects", "{", content_type="application/json", headers=GERMAN)
    assert (answer.status_code, answer.json()["detail"]) == (400, "Der Inhalt der Anfrage ist nicht lesbar.")


def test_pages_of_errors_speak_german():
    request = RequestFactory().get("/")
    for answer, words in (
        (server_error, "Auf dem Server trat ein unerwarteter Fehler auf"),
        (lambda request: bad_request(request, Http404()), "Der Server konnte diese Anfrage nicht lesen"),
    ):
        with translation.override("de"):
            page = answer(request).text
        assert '<html lang="de">' in page and words in page and "Zu Ihren Projekten" in page


def test_an_older_row_without_parts_is_told_as_it_is(alice, project):
    job = Job.objects.create(
        kind="work", queue="io", project=project, error="Out of memory.", message="the file is empty"
    )
    job.refresh_from_db()
    with translation.override("de"):
        assert (told(job.error), told(job.message)) == ("Out of memory.", "die Datei ist leer")


def test_an_upload_that_is_too_large_is_refused_with_the_separators_of_the_language(client, alice, project, settings):
    settings.MAX_UPLOAD_BYTES = 1234
    client.force_login(alice)
    file = SimpleUploadedFile("a.png", b"x" * 2000)
    headers = GERMAN | {"accept": "application/json"}
    answer = client.post(reverse("import", args=[project.pk]), {"files": [file]}, headers=headers).json()
    assert answer["rejected"] == [{"name": "a.png", "reason": "größer als 1.234 Byte"}]
