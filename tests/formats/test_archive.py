import io
import stat
import zipfile

import pytest

from annotator.archive import ArchiveLimits, extract_archive
from annotator.imagefile import BadFile


def extract(path, into, **limits):
    return extract_archive(path, into, limits=ArchiveLimits(**limits))


def test_good_files_are_unpacked_and_desktop_litter_is_not_mentioned(made, tmp_path):
    entries = [("a/b.png", b"one"), ("c.png", b"two"), ("__MACOSX/a/._b.png", b"x"), ("a/.DS_Store", b"x")]
    report = extract(made.zip(tmp_path / "z.zip", entries), tmp_path / "out")
    assert [p.relative_to(tmp_path / "out").as_posix() for p in report.files] == ["a/b.png", "c.png"]
    assert (tmp_path / "out/a/b.png").read_bytes() == b"one"
    assert report.refused == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil.png", "leads out of the archive"),
        ("a/../../evil.png", "leads out of the archive"),
        ("..\\evil.png", "leads out of the archive"),
        ("/etc/evil.png", "absolute"),
        ("C:\\evil.png", "absolute"),
        ("inner.zip", "archive inside the archive"),
        ("x" * 300 + ".png", "too long"),
        ("a\nb.png", "control characters"),
    ],
)
def test_a_bad_path_is_refused_and_its_neighbours_are_kept(made, tmp_path, name, reason):
    path = made.zip(tmp_path / "z.zip", [("good.png", b"1"), (name, b"evil"), ("last.png", b"2")])
    report = extract(path, tmp_path / "deep/out")
    assert sorted(p.name for p in report.files) == ["good.png", "last.png"]
    assert len(report.refused) == 1 and reason in report.refused[0][1]
    everything = {p.name for p in tmp_path.rglob("*") if p.is_file()}
    assert everything == {"z.zip", "good.png", "last.png"}


def test_links_are_refused(made, tmp_path):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    report = extract(made.zip(tmp_path / "z.zip", [(link, "/etc/passwd")]), tmp_path / "out")
    assert report.refused == [("link.png", "a symbolic link")]
    assert report.files == []


def test_an_encrypted_file_is_refused_by_name(made, tmp_path):
    path = made.zip(tmp_path / "z.zip", [("secret.png", b"1"), ("open.png", b"2")])
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    report = extract(path, tmp_path / "out")
    assert report.refused == [("secret.png", "encrypted")]
    assert [p.name for p in report.files] == ["open.png"]


def test_a_bomb_stops_the_extraction_and_leaves_nothing(made, tmp_path):
    path = made.zip(tmp_path / "bomb.zip", [("ok.png", b"1"), ("flat.bmp", bytes(20_000_000))])
    with pytest.raises(BadFile, match=r"bomb.zip: the archive expands to more than 100 times its size"):
        extract(path, tmp_path / "out", ratio_free_bytes=1 << 20)
    assert list((tmp_path / "out").iterdir()) == []


def test_real_bytes_are_counted_whatever_the_header_claims(made, tmp_path):
    path = made.zip(tmp_path / "z.zip", [("flat.bmp", bytes(5_000_000))])
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\1\2")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    report = extract(path, tmp_path / "out", max_total_bytes=1000)
    assert report.files == [] and "damaged" in report.refused[0][1]


def test_total_file_and_count_limits_hold(made, tmp_path):
    path = made.zip(tmp_path / "z.zip", [("a.bin", bytes(3000)), ("b.bin", bytes(10))])
    with pytest.raises(BadFile, match="more than 2,000 bytes"):
        extract(path, tmp_path / "one", max_total_bytes=2000)
    report = extract(path, tmp_path / "two", max_file_bytes=2000)
    assert report.refused == [("a.bin", "larger than 2,000 bytes")]
    assert [p.name for p in report.files] == ["b.bin"]
    with pytest.raises(BadFile, match="more than 1 files"):
        extract(path, tmp_path / "three", max_files=1)


def test_a_huge_list_of_files_is_refused_before_it_is_loaded(made, tmp_path):
    path = made.zip(tmp_path / "z.zip", [(f"{i:0400}", b"") for i in range(300)], zipfile.ZIP_STORED)
    with pytest.raises(BadFile, match="lists more than 200 files"):
        extract(path, tmp_path / "out", max_files=200)


def test_a_damaged_file_is_refused_and_the_others_are_kept(made, tmp_path):
    entries = [("bad.bin", b"A" * 100), ("good.bin", b"B" * 100)]
    path = made.zip(tmp_path / "z.zip", entries, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"A" * 100, b"A" * 99 + b"!"))
    report = extract(path, tmp_path / "out")
    assert [p.name for p in report.files] == ["good.bin"]
    assert report.refused[0][0] == "bad.bin" and "damaged" in report.refused[0][1]
    assert not (tmp_path / "out/bad.bin").exists()


def test_a_name_that_comes_twice_is_kept_once(made, tmp_path):
    report = extract(made.zip(tmp_path / "z.zip", [("a.png", b"1"), ("A.png", b"2")]), tmp_path / "out")
    assert [p.name for p in report.files] == ["a.png"]
    assert report.refused[0][0] == "A.png" and "twice" in report.refused[0][1]


def test_a_file_where_a_folder_stands_is_refused(made, tmp_path):
    path = made.zip(tmp_path / "z.zip", [("a", b"1"), ("a/b.png", b"2"), ("c/d.png", b"3"), ("c", b"4")])
    report = extract(path, tmp_path / "out")
    assert [name for name, _ in report.refused] == ["a/b.png", "c"]
    assert len(report.files) == 2


@pytest.mark.parametrize("cut", [0, 10, -10])
def test_what_is_no_zip_is_refused_by_name(made, tmp_path, cut):
    path = made.zip(tmp_path / "z.zip", [("a.png", b"1" * 100)])
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(BadFile, match="z.zip"):
        extract(path, tmp_path / "out")


def test_an_archive_is_never_mixed_into_other_files(made, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_bytes(b"")
    with pytest.raises(ValueError, match="empty folder"):
        extract(made.zip(tmp_path / "z.zip", [("a.png", b"1")]), tmp_path / "out")


def test_zip64_is_unpacked(tmp_path):
    with (
        zipfile.ZipFile(tmp_path / "z.zip", "w") as archive,
        archive.open("a.png", "w", force_zip64=True) as sink,
    ):
        sink.write(io.BytesIO(b"12").read())
    assert [p.name for p in extract(tmp_path / "z.zip", tmp_path / "out").files] == ["a.png"]
