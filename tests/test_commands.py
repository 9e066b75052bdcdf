"""The commands that bring datasets in and out."""

import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotator.models import Project, Snapshot
from annotator.services import projects
from tests.services.test_imports import camvid, write


@pytest.fixture(autouse=True)
def admin(alice):
    alice.is_superuser = True
    alice.save()
    return alice


def run(capsys, *arguments) -> str:
    call_command(*(str(argument) for argument in arguments))
    return capsys.readouterr().out


def test_a_folder_comes_in_as_a_new_project_and_the_report_names_what_was_refused(capsys, tmp_path):
    write(camvid(tmp_path / "set"), {"train/images/broken.png": b"text"})
    out = run(capsys, "import_dataset", "Streets", tmp_path / "set", "--format", "camvid")
    project = Project.objects.get(name="Streets")
    assert "refused  broken.png: not a JPEG, PNG" in out
    assert f"2 images imported into Streets (id {project.pk}), 2 with labels, 0 known already, 1 refused." in out
    again = run(capsys, "import_dataset", project.pk, tmp_path / "set", "--format", "camvid")
    assert "0 images imported" in again
    assert "2 known already" in again


def test_a_zip_comes_in_like_a_folder(capsys, tmp_path):
    folder = camvid(tmp_path / "set")
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
        archive.writestr("../evil.png", b"x")
    out = run(capsys, "import_dataset", "Streets", tmp_path / "set.zip", "--format", "camvid", "--to-review")
    assert "refused  ../evil.png: the path leads out of the archive" in out
    assert set(Project.objects.get().images.values_list("state", flat=True)) == {"submitted"}


def test_an_import_without_labels_makes_the_classes(capsys, tmp_path):
    run(capsys, "import_dataset", "Streets", camvid(tmp_path), "--format", "camvid", "--without-labels")
    project = Project.objects.get()
    assert (project.images.count(), project.classes.count()) == (2, 3)


def test_what_cannot_be_imported_leaves_no_empty_project(capsys, tmp_path):
    with pytest.raises(CommandError, match="no folder called images"):
        run(capsys, "import_dataset", "Streets", tmp_path, "--format", "camvid")
    with pytest.raises(CommandError, match="does not exist"):
        run(capsys, "import_dataset", "Streets", tmp_path / "missing", "--format", "camvid")
    assert not Project.objects.exists()


def test_an_existing_project_stays_when_an_import_into_it_fails(capsys, tmp_path, alice):
    projects.create_project(user=alice, name="Streets", task="semantic")
    with pytest.raises(CommandError):
        run(capsys, "import_dataset", "Streets", tmp_path, "--format", "camvid")
    assert Project.objects.count() == 1


def test_a_name_that_two_projects_have_is_not_guessed(capsys, tmp_path, alice):
    for _ in range(2):
        projects.create_project(user=alice, name="Twin", task="semantic")
    with pytest.raises(CommandError, match="use the id"):
        run(capsys, "import_dataset", "Twin", camvid(tmp_path), "--format", "camvid")
    with pytest.raises(CommandError, match="no project with id 999"):
        run(capsys, "import_dataset", "999", tmp_path, "--format", "camvid")


def test_an_export_is_written_whole_and_again_the_same(capsys, tmp_path):
    run(capsys, "import_dataset", "Streets", camvid(tmp_path / "set"), "--format", "camvid")
    out = run(capsys, "export_dataset", "Streets", tmp_path / "one.zip", "--format", "masks")
    snapshot = Snapshot.objects.get()
    assert f"2 images written to {tmp_path / 'one.zip'} (snapshot {snapshot.pk})." in out
    again = ("export_dataset", "Streets", tmp_path / "two.zip", "--format", "masks", "--snapshot", snapshot.pk)
    run(capsys, *again)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one.zip", "set", "two.zip"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("Nowhere", "x.zip", "--format", "masks"), "no project Nowhere"),
        (("Streets", "x.zip", "--format", "masks"), "no labelled image that is accepted"),
        (("Streets", "x.zip", "--format", "masks", "--snapshot", "7"), "no snapshot 7"),
        (("Streets", "x.zip", "--format", "masks", "--user", "nobody"), "no user nobody"),
    ],
)
def test_what_cannot_be_exported_says_why_and_writes_nothing(capsys, tmp_path: Path, alice, arguments, reason):
    projects.create_project(user=alice, name="Streets", task="semantic")
    name, file, *more = arguments
    with pytest.raises(CommandError, match=reason):
        run(capsys, "export_dataset", name, tmp_path / file, *more)
    assert list(tmp_path.iterdir()) == []
