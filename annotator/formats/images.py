"""Images without labels, from any folder."""

from dataclasses import dataclass
from pathlib import Path

from annotator.formats.dataset import Entry, OpenDataset, ReadOptions
from annotator.formats.folders import image_paths, load_image
from annotator.formats.sample import Sample


class ImagesReader:
    """Reads every image below a folder; labels are not looked for."""

    name = "images"
    title = "Images only"
    description = "every JPEG, PNG, WebP, BMP and TIFF below a folder, without labels"

    def open(self, root: Path, options: ReadOptions) -> OpenDataset:
        paths = list(image_paths(root))
        entries = [Entry(p.relative_to(root).as_posix(), "", _Loader(p, options)) for p in paths]
        return OpenDataset(list(options.classes), entries)


@dataclass(frozen=True)
class _Loader:
    path: Path
    options: ReadOptions

    def __call__(self, entry: Entry) -> Sample:
        return load_image(self.path, entry, self.options)
