"""A Parquet file with photographs: a row a photograph, its bytes in the column `image`.

The column is a struct of bytes and path, and the schema says what Hugging Face `datasets` writes there, so that it is
read as a picture. Row groups are bounded, and with them the memory of whoever writes or reads.
https://huggingface.co/docs/datasets/image_load
"""

import io
import json
from array import array
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from classifier.formats.record import COLUMNS, FormatError, Record, checked, manifest_text

GROUP_BYTES, GROUP_ROWS = 16 << 20, 2_000  # of photographs, at which a row group is written
PAGE_ROWS = 64  # after which the size of a page is looked at: by itself Arrow looks every 1,024
LARGEST_GROUP = 1 << 30  # bytes that a row group may unpack to when it is read
READ_ROWS = 32
MANIFEST = "sortwise"
FEATURES = {"image": {"_type": "Image"}} | {name: {"dtype": "string", "_type": "Value"} for name in COLUMNS}
SCHEMA = pa.schema(
    [
        ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        *[(name, pa.string()) for name in COLUMNS],
    ],
    metadata={"huggingface": json.dumps({"info": {"features": FEATURES}})},
)


class ParquetWriter:
    """Writes photographs a row group at a time."""

    wants_images = True

    def __init__(self, file: BinaryIO) -> None:
        packed = dict.fromkeys(COLUMNS, "zstd") | {"image.bytes": "none", "image.path": "zstd"}
        self._writer = pq.ParquetWriter(
            file,
            SCHEMA,
            compression=packed,
            use_dictionary=[*COLUMNS],
            write_statistics=[*COLUMNS],
            write_batch_size=PAGE_ROWS,
        )
        self._images = io.BytesIO()  # one after the other, as Arrow has them; overwritten by the next group
        self._begin()

    def add(self, record: Record, image: bytes | None) -> None:
        """Add a photograph, as the bytes of its JPEG. Raises `FormatError` where they are not the record's."""
        content = checked(record, image)
        self._records.append(record)
        self._images.write(content)
        self._ends.append(self._images.tell())
        if self._ends[-1] >= GROUP_BYTES or len(self._records) >= GROUP_ROWS:
            self._flush()

    def close(self, manifest: dict[str, object]) -> None:
        """Write the last row group and the footer, which holds the manifest."""
        self._flush()
        self._writer.add_key_value_metadata({MANIFEST: manifest_text(manifest)})
        self._writer.close()

    def discard(self) -> None:
        """Let go of what was begun; the file is worth nothing then."""
        self._begin()
        self._writer.close()

    def _begin(self) -> None:
        self._records: list[Record] = []
        self._ends = array("i", [0])
        self._images.seek(0)

    def _flush(self) -> None:
        if self._records:
            self._writer.write_table(self._table())
            self._begin()

    def _table(self) -> pa.Table:
        """A column at a time, and the photographs where they are: Arrow copies none."""
        known = [pa.array([getattr(each, name) for each in self._records], pa.string()) for name in COLUMNS]
        buffers = [None, pa.py_buffer(self._ends), pa.py_buffer(self._images.getbuffer())]
        images = pa.Array.from_buffers(pa.binary(), len(self._records), buffers)
        parts = [images, known[COLUMNS.index("file_name")]]
        image = pa.StructArray.from_arrays(parts, fields=list(SCHEMA.field("image").type))
        return pa.Table.from_arrays([image, *known], schema=SCHEMA)


def read_parquet(file: BinaryIO) -> Iterator[tuple[Record, bytes]]:
    """The records of a Parquet file and their photographs, each checked. Raises `FormatError`."""
    return ((record, checked(record, image)) for record, image in rows(file))


def rows(file: BinaryIO) -> Iterator[tuple[Record, bytes]]:
    """The same unchecked, of any file with a column `image` like ours. Raises `FormatError`."""
    with _opened(file) as table:
        names = [name for name in ("image", *COLUMNS) if name in table.schema_arrow.names]
        try:
            for batch in table.iter_batches(READ_ROWS, columns=names):
                yield from map(_row, batch.to_pylist())
        except (pa.ArrowException, OSError) as error:
            raise FormatError(f"This is no intact Parquet file: {' '.join(str(error).split())}") from error


def count(file: BinaryIO) -> int:
    """How many rows there are."""
    with _opened(file) as table:
        return int(table.metadata.num_rows)


def read_manifest(file: BinaryIO) -> dict[str, object]:
    """What the file says of itself."""
    with _opened(file) as table:
        manifest: dict[str, object] = json.loads(table.metadata.metadata[MANIFEST.encode()])
        return manifest


def _opened(file: BinaryIO) -> pq.ParquetFile:
    try:
        table = pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"This is no intact Parquet file: {error}") from error
    groups = (table.metadata.row_group(index) for index in range(table.metadata.num_row_groups))
    if any(group.total_byte_size > LARGEST_GROUP for group in groups):
        raise FormatError(f"A row group has more than {LARGEST_GROUP >> 20} MiB.")
    if "image" not in table.schema_arrow.names:
        raise FormatError("This Parquet file has no column “image”.")
    return table


def _row(row: dict[str, Any]) -> tuple[Record, bytes]:
    image = row.get("image")
    content = image.get("bytes") if isinstance(image, dict) else image
    if not isinstance(content, bytes):
        raise FormatError("A row has no bytes of a photograph.")
    path = image.get("path") if isinstance(image, dict) else ""
    known = {name: str(row.get(name) or "") for name in COLUMNS}
    return Record(**known | {"file_name": known["file_name"] or path or ""}), content
