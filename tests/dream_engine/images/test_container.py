import struct

import pytest
from PIL import Image
from pillow_heif import register_heif_opener

from dream_engine.errors import DamagedPictureError, PictureBombError
from dream_engine.images import decode
from dream_engine.images.container import check_container, missing_bytes
from tests.dream_engine.images.files import difference, gradient, saved

register_heif_opener()
MOST = 64e6


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body


def size(width: int, height: int) -> bytes:
    return box(b"ispe", bytes(4), struct.pack(">II", width, height))


def picture(*properties: bytes, items: int = 1, references: int = 0) -> bytes:
    """A container without pixels."""
    listed = [box(b"infe", b"\2\0\0\0", struct.pack(">HH", number, 0), b"av01\0") for number in range(items)]
    named = box(b"dimg", struct.pack(">HH", 1, references), bytes(2 * references))
    return box(b"ftyp", b"avif", bytes(4), b"mif1") + box(
        b"meta",
        bytes(4),
        box(b"iinf", bytes(4), struct.pack(">H", items), *listed),
        box(b"iprp", box(b"ipco", *properties)),
        box(b"iref", bytes(4), named),
    )


def test_a_photographs_structure_is_accepted():
    check_container(picture(size(8000, 8000), size(512, 512), items=256, references=256), MOST)


@pytest.mark.parametrize(
    "hostile",
    [
        picture(size(40_000, 40_000)),
        picture(size(70_000, 1)),
        picture(size(512, 512), items=2_001),
        picture(size(512, 512), references=4_001),
        picture(*[box(b"free")] * 10_001),
        box(b"ftyp", b"avif") + box(b"free") * 10_001,
        box(b"ftyp", b"avif") + box(b"meta", bytes(8_000_001)),
    ],
    ids=["pixels", "side", "items", "references", "properties", "boxes", "metadata"],
)
def test_an_excessive_structure_is_refused(hostile):
    with pytest.raises(PictureBombError):
        check_container(hostile, MOST)


@pytest.mark.parametrize(
    "allowed",
    [
        picture(size(65_536, 3_906)),
        picture(size(16_000, 16_000)),
        picture(size(512, 512), items=2_000),
        picture(size(512, 512), references=4_000),
        picture(*[box(b"free")] * 9_999),
        box(b"ftyp", b"avif") + box(b"free") * 9_998,
        box(b"ftyp", b"avif") + box(b"meta", bytes(8_000_000)),
    ],
    ids=["side", "pixels", "items", "references", "properties", "boxes", "metadata"],
)
def test_pictures_up_to_the_limits_are_accepted(allowed):
    check_container(allowed, MOST)


@pytest.mark.parametrize(
    "hostile", [picture(size(65_537, 1)), picture(size(1, 65_537)), picture(size(16_000, 16_001))]
)
def test_a_side_or_a_picture_beyond_the_limits_is_refused(hostile):
    with pytest.raises(PictureBombError):
        check_container(hostile, MOST)


@pytest.mark.parametrize("wide", [False, True])
def test_items_and_references_are_counted_in_short_numbers_and_in_wide_ones(wide):
    flags = bytes([wide, 0, 0, 0])
    number = ">I" if wide else ">H"

    def whole(items: int, *references: int) -> bytes:
        listed = box(b"iinf", flags, struct.pack(number, items), box(b"infe", bytes(12)) * items)
        named = [
            box(b"cdsc", struct.pack(number, 1), struct.pack(">H", count), bytes(count * (4 if wide else 2)))
            for count in references
        ]
        return box(b"ftyp", b"avif") + box(b"meta", bytes(4), listed, box(b"iref", flags, *named))

    check_container(whole(2_000, 2_000, 2_000), MOST)
    for hostile in (whole(2_001, 1), whole(1, 2_000, 2_001)):
        with pytest.raises(PictureBombError):
            check_container(hostile, MOST)


def test_a_reference_that_claims_more_items_than_fit_counts_those_that_fit():
    lying = box(b"cdsc", struct.pack(">HH", 1, 65_535), bytes(20))
    check_container(box(b"ftyp", b"avif") + box(b"meta", bytes(4), box(b"iref", bytes(4), lying)), MOST)


def test_only_sizes_in_the_list_of_properties_count():
    hidden = box(b"free", size(60_000, 60_000)) + box(b"iprp", box(b"free", size(60_000, 60_000)))
    check_container(box(b"ftyp", b"avif") + box(b"meta", bytes(4), hidden) + size(60_000, 60_000), MOST)


def test_a_box_that_is_shorter_than_its_header_is_refused_as_damaged():
    with pytest.raises(DamagedPictureError):
        check_container(box(b"ftyp", b"avif") + b"\0\0\0\5free", MOST)


def test_a_box_may_be_long_or_reach_to_the_end():
    long = b"\0\0\0\1meta" + struct.pack(">Q", 16)
    check_container(box(b"ftyp", b"avif") + long + b"\0\0\0\0mdat" + bytes(9), MOST)
    content = bytes(4) + box(b"iprp", box(b"ipco", size(60_000, 60_000)))
    for hostile in (
        b"\0\0\0\1meta" + struct.pack(">Q", 16 + len(content)) + content,
        b"\0\0\0\0meta" + content,
        b"\0\0\0\1free" + struct.pack(">Q", 16) + box(b"meta", content),
        box(b"meta", bytes(4), b"\0\0\0\0iprp" + box(b"ipco", size(60_000, 60_000))),
    ):
        with pytest.raises(PictureBombError):
            check_container(box(b"ftyp", b"avif") + hostile, MOST)
    with pytest.raises(DamagedPictureError):
        check_container(box(b"ftyp", b"avif") + b"\0\0\0\1meta" + struct.pack(">Q", 15) + bytes(20), MOST)


def grid(tile: tuple[int, int], count: int, *, kind: bytes = b"grid", form: int = 0) -> bytes:
    """A container of a grid, item 1, which uses one of its equally large cells many times.

    Args:
        tile: The width and height of each cell.
        count: How often the grid names the cell.
        kind: The kind of item 1.
        form: 0 for short numbers; 1 for places of properties in two bytes; 2 for numbers in four bytes too.
    """
    number, place = ">I" if form == 2 else ">H", ">H" if form else ">B"
    listed = [
        box(
            b"infe", bytes([3 if form == 2 else 2, 0, 0, 0]), struct.pack(number, item), bytes(2), name, b"\0"
        )
        for item, name in ((1, kind), (2, b"av01"))
    ]
    essential = 0x8000 if form else 0x80
    used = b"".join(
        struct.pack(number, item) + b"\1" + struct.pack(place, essential | size)
        for item, size in ((1, 1), (2, 3))
    )
    flags = bytes([1 if form == 2 else 0, 0, 0, 1 if form else 0])
    cells = struct.pack(number, 1) + struct.pack(">H", count) + struct.pack(number, 2) * count
    items = (struct.pack(">I", 2) if form == 2 else struct.pack(">H", 2)) + b"".join(listed)
    wide = bytes([1 if form == 2 else 0, 0, 0, 0])
    return box(b"ftyp", b"avif", bytes(4), b"mif1") + box(
        b"meta",
        bytes(4),
        box(b"iinf", wide, items),
        box(
            b"iprp",
            box(b"ipco", size(2000, 2000), box(b"pixi", bytes(8)), size(*tile), size(1999, 1999)),
            box(b"ipma", flags, struct.pack(">I", 2), used),
        ),
        box(b"iref", wide, box(b"dimg", cells)),
    )


@pytest.mark.parametrize("form", [0, 1, 2])
def test_a_grid_whose_cells_exceed_the_picture_is_refused_before_decoding(form):
    check_container(grid((2000, 2000), 21, form=form), MOST)  # 84 megapixels: 1.25 times 64 and 4 more
    with pytest.raises(PictureBombError):
        check_container(grid((2000, 2000), 22, form=form), MOST)
    with pytest.raises(PictureBombError):
        check_container(grid((2000, 2000), 4, form=form), 1e6)
    check_container(grid((1000, 1000), 4, form=form), 1e6)


def test_items_other_than_grids_may_have_large_parts():
    check_container(grid((8000, 8000), 2, kind=b"tmap"), MOST)  # a photograph and its gain map


def test_indices_of_missing_properties_are_ignored():
    whole = grid((2000, 2000), 22)
    for place in (0, 5, 127):
        check_container(whole.replace(b"\0\2\1\x83", bytes([0, 2, 1, 128 | place])), MOST)


def test_truncated_property_associations_are_ignored():
    body = box(b"ipma", bytes(4), struct.pack(">I", 2_000_000), b"\0\2")
    check_container(box(b"ftyp", b"avif") + box(b"meta", bytes(4), box(b"iprp", body)), MOST)
    check_container(box(b"ftyp", b"avif") + box(b"meta", bytes(4), box(b"iprp", box(b"ipma"))), MOST)


@pytest.mark.parametrize("file_format", ["AVIF", "HEIF"])
def test_a_wrong_size_is_refused_without_a_crash(file_format):
    content = bytearray(saved(gradient(), file_format, quality=90))
    assert difference(decode(bytes(content)), gradient()) < 8
    at = content.index(b"ispe")
    content[at + 8 : at + 16] = struct.pack(">II", 60_000, 60_000)
    with pytest.raises(PictureBombError):
        decode(bytes(content))


@pytest.mark.parametrize("file_format", ["AVIF", "HEIF"])
def test_a_truncated_file_is_shown_in_part_and_marked_as_cut_short(file_format):
    noise = Image.effect_noise((256, 256), 60).convert("RGB")
    whole = saved(noise, file_format)
    picture = decode(whole[: int(len(whole) * 0.8)])
    assert picture.is_cut_short
    assert difference(picture, noise, rows=20) < 30
    with pytest.raises(DamagedPictureError):
        decode(whole[: int(len(whole) * 0.4)])


def test_missing_bytes_are_counted_from_the_last_box():
    start = box(b"ftyp", b"avif") + box(b"meta", bytes(40))
    assert missing_bytes(start + box(b"mdat", bytes(20))) == 0
    assert missing_bytes((start + box(b"mdat", bytes(20)))[:-7]) == 7
    assert missing_bytes(start + b"\0\0\0\1mdat" + struct.pack(">Q", 36) + bytes(11)) == 9
    assert missing_bytes((start + box(b"free", bytes(20)))[:-7]) == 0
    assert missing_bytes(start + b"\0\0\0\0mdat") == 0
    assert missing_bytes(start + struct.pack(">I", 1_000_000) + b"mdat") == 0
    assert missing_bytes(start) == missing_bytes(b"") == 0
    assert (
        missing_bytes(start + struct.pack(">I", 2 * (len(start) + 8) - len(start)) + b"mdat")
        == len(start) + 8
    )
    assert missing_bytes(start + struct.pack(">I", 2 * (len(start) + 8) - len(start) + 1) + b"mdat") == 0
    assert missing_bytes(box(b"free") * 9_999 + box(b"mdat", bytes(9))[:-3]) == 3
    assert missing_bytes(box(b"free") * 10_000 + box(b"mdat", bytes(9))[:-3]) == 0
    assert missing_bytes(start + struct.pack(">I", 7) + b"free" + box(b"mdat", bytes(9))[:-3]) == 0


@pytest.mark.parametrize("file_format", ["AVIF", "HEIF"])
def test_data_after_a_picture_is_ignored(file_format):
    content = saved(Image.new("RGB", (64, 48), "teal"), file_format)
    assert decode(content + box(b"free", bytes(9)) + b"abc").rgb.shape == (48, 64, 3)
