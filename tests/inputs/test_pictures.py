"""Which pictures pass, what is changed in them, and which are refused with which sentence."""

import base64
import hashlib
import io
import struct
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.tiny_pictures import picture
from textlab.inputs import ReceivedError, kind_of
from textlab.inputs.pictures import DEFAULT_LIMITS, Limits, PictureError, checked
from textlab.inputs.references import digest_of, inline_reference

PLAIN_MODES = ("L", "LA", "RGB", "RGBA", "P")


def encoded(image: Image.Image, **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, **({"format": "PNG"} | options))
    return written.getvalue()


def drawn(mode: str = "RGB", size: tuple[int, int] = (16, 10)) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 4), dtype=np.uint8)
    return Image.fromarray(pixels, "RGBA").convert(mode)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, depth: int, colour_type: int, rows: bytes, more: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + more + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def with_chunk(png: bytes, name: bytes, data: bytes) -> bytes:
    """A PNG with one more chunk behind its header."""
    return png[:33] + chunk(name, data) + png[33:]


def refusal(content: bytes, limits: Limits = DEFAULT_LIMITS) -> str:
    with pytest.raises(PictureError) as caught:
        checked(content, limits)
    return str(caught.value)


def pixels_of(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))


@pytest.mark.parametrize("mode", PLAIN_MODES)
def test_plain_png_keeps_its_bytes(mode):
    content = encoded(drawn(mode))
    passed = checked(content)
    assert (passed.content, passed.width, passed.height, passed.changes) == (content, 16, 10, ())


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_blocks": 1}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_plain_jpeg_keeps_its_bytes(mode, options):
    content = encoded(drawn(mode), format="JPEG", **options)
    assert checked(content).content == content


@pytest.mark.parametrize(
    "content",
    [
        encoded(drawn(size=(1, 1))),
        encoded(drawn("L", (1, 1)), format="JPEG"),
        encoded(drawn("P"), transparency=0),
        picture() + b"garbage",
        picture(format="JPEG") + b"\xff\xd8garbage",
        encoded(drawn(), format="PNG", save_all=True, append_images=[]),
    ],
    ids=[
        "1x1 png",
        "1x1 jpeg",
        "palette and transparency",
        "garbage",
        "jpeg and garbage",
        "apng",
    ],
)
def test_odd_but_plain_picture_keeps_its_bytes(content):
    assert checked(content).content == content


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["PNG", "JPEG"])
def test_exif_orientation_turns_the_picture(format_, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(drawn(), format=format_, exif=exif)
    passed = checked(content)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGBA"))
    pixels = pixels_of(passed.content)
    if format_ == "PNG":
        np.testing.assert_array_equal(pixels, upright)
    else:  # a JPEG is saved again, with quality 95
        assert np.abs(pixels.astype(int) - upright).mean() < 3
    assert Image.open(io.BytesIO(passed.content)).format == format_
    assert (passed.width, passed.height) == ((10, 16) if orientation > 4 else (16, 10))
    assert passed.changes == (("turned upright by its EXIF orientation",) if orientation > 1 else ())
    assert checked(passed.content).content == passed.content


@pytest.mark.parametrize("exif", [b"", b"II*\x00", b"MM\x00*\xff\xff\xff\xff", b"II*\x00\x08\x00\x00\x00\xff\xff"])
def test_damaged_exif_data_turns_nothing(exif):
    content = encoded(drawn(), format="JPEG", exif=b"Exif\x00\x00" + exif)
    assert checked(content).content == content


def test_cmyk_becomes_rgb():
    content = encoded(drawn("CMYK"), format="JPEG")
    passed = checked(content)
    assert passed.changes == ("converted from CMYK",)
    assert Image.open(io.BytesIO(passed.content)).mode == "RGB"


def test_sixteen_bits_keep_the_upper_eight():
    values = np.array([[0, 255, 256], [40_000, 65_280, 65_535]], np.uint16)
    passed = checked(encoded(Image.fromarray(values)))
    assert passed.changes == ("converted from 16 bit",)
    np.testing.assert_array_equal(pixels_of(passed.content)[..., 0], values >> 8)


def test_one_bit_becomes_eight_and_keeps_what_is_transparent():
    passed = checked(encoded(drawn("1"), transparency=1))
    assert passed.changes == ("converted from 1 bit",)
    gray, alpha = np.moveaxis(pixels_of(passed.content)[..., [0, 3]], -1, 0)
    np.testing.assert_array_equal(gray, np.asarray(drawn("1")) * 255)
    np.testing.assert_array_equal(alpha, 255 - gray)


def test_one_transparent_colour_becomes_alpha():
    red_and_blue = b"\x00\xff\x00\x00\x00\x00\xff"
    passed = checked(png(2, 1, 8, 2, red_and_blue, chunk(b"tRNS", b"\x00\xff\x00\x00\x00\x00")))
    assert passed.changes == ("converted from one transparent colour",)
    assert pixels_of(passed.content)[0].tolist() == [[255, 0, 0, 0], [0, 0, 255, 255]]


def test_two_bits_become_eight_and_keep_what_is_transparent():
    passed = checked(png(4, 1, 2, 0, b"\x00" + bytes([0b00011011]), chunk(b"tRNS", b"\x00\x02")))
    assert pixels_of(passed.content)[0, :, [0, 3]].tolist() == [[0, 85, 170, 255], [255, 255, 0, 255]]


def test_sixteen_bits_in_colour_become_eight():
    rows = b"".join(b"\x00" + bytes(range(18)) for _ in range(2))  # 3 pixels of 3 channels of 2 bytes
    passed = checked(png(3, 2, 16, 2, rows))
    assert passed.changes == ("converted from 16 bit",)
    assert pixels_of(passed.content)[0, :, :3].ravel().tolist() == list(range(0, 18, 2))


def test_first_picture_of_a_camera_file_with_several_is_read():
    content = encoded(drawn(), format="MPO", save_all=True, append_images=[drawn("L").convert("RGB")])
    assert checked(content).content == content


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "It is empty."),
        (b"A blue cup with a handle", "It is a text, not a picture."),
        ("Eine blaue Tüte für ".encode() * 60, "It is a text, not a picture."),
        (
            b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>",
            "It is an SVG, a drawing without pixels.",
        ),
        (b"<!DOCTYPE html><html><body>404</body></html>", "It is a web page, not a picture."),
        (encoded(drawn("P"), format="GIF"), "It is a GIF, and only PNG and JPEG can be read."),
        (encoded(drawn(), format="BMP"), "It is a BMP,"),
        (encoded(drawn(), format="WEBP"), "It is a WebP,"),
        (encoded(drawn(), format="TIFF"), "It is a TIFF,"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "It is a HEIC,"),
        (b"\x00" * 100, "It is of an unknown format, not a picture."),
        (bytes(range(256)), "It is of an unknown format, not a picture."),
    ],
)
def test_what_is_no_png_or_jpeg_is_named(content, sentence):
    assert refusal(content).startswith(sentence)


def test_animations_are_refused():
    gif = encoded(drawn("P"), format="GIF", save_all=True, append_images=[drawn("L").convert("P")])
    assert refusal(gif).endswith("Save it as PNG or JPEG, of an animation one frame.")
    apng = encoded(drawn(), save_all=True, append_images=[ImageOps.mirror(drawn())])
    assert refusal(apng).startswith("It is an animated PNG")


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9, 0.999])
@pytest.mark.parametrize("options", [{"format": "PNG"}, {"format": "JPEG"}, {"format": "JPEG", "progressive": True}])
def test_cut_off_picture_is_refused(options, share):
    content = encoded(drawn(size=(60, 60)), **options)
    cut = content[: max(int(len(content) * share), 9)]
    assert "cut off" in refusal(cut) or "damaged" in refusal(cut)
    assert "damaged" in refusal(cut + bytes(len(content) - len(cut)))  # as an interrupted download leaves it


@pytest.mark.parametrize("position", [12, 19, 40, -20, -10, -2])
def test_png_with_one_wrong_byte_is_refused(position):
    content = bytearray(picture())
    content[position] ^= 0x55
    assert "damaged" in refusal(bytes(content))


def test_png_whose_pixels_are_damaged_under_a_right_checksum_is_refused():
    good = picture()
    stream = bytearray(zlib.compress(b"\x00" * (73 * 24)))
    stream[-1] ^= 1  # the checksum of the stream
    assert "damaged" in refusal(good[:33] + chunk(b"IDAT", bytes(stream)) + chunk(b"IEND", b""))
    assert "damaged" in refusal(good[:33] + chunk(b"IDAT", zlib.compress(b"\x00" * 73)) + chunk(b"IEND", b""))
    assert "damaged" in refusal(good[:33] + chunk(b"IEND", b""))


def test_palette_that_is_missing_is_refused():
    content = encoded(drawn("P"))
    start = content.index(b"PLTE") - 4
    length = int.from_bytes(content[start : start + 4])
    assert "damaged" in refusal(content[:start] + content[start + 12 + length :])


def spent(content: bytes) -> tuple[str, int, float]:
    """The refusal of a picture, the memory that it took in bytes, and the seconds."""
    tracemalloc.start()
    started = time.process_time()
    try:
        return refusal(content), tracemalloc.get_traced_memory()[1], time.process_time() - started
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [(30_000, 30_000), (16_001, 1), (2**31 - 1, 2**31 - 1)])
def test_huge_picture_is_refused_by_its_header(size):
    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    content = picture()[:8] + chunk(b"IHDR", header) + bytes(1_000_000)
    sentence, memory, seconds = spent(content)
    assert sentence.startswith(f"It has {size[0]:,} x {size[1]:,} pixels, and at most 40,000,000")
    assert memory < 1_000_000
    assert seconds < 0.1


def test_huge_jpeg_is_refused_by_its_header():
    content = bytearray(picture(format="JPEG"))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", 60_000, 60_000)
    assert refusal(bytes(content)).startswith("It has 60,000 x 60,000 pixels")


def test_file_is_refused_by_its_size():
    assert refusal(picture() + bytes(100), Limits(bytes=100)).endswith("Save it smaller or more compressed.")


@pytest.mark.parametrize("name", [b"zTXt", b"iTXt", b"iCCP"])
def test_compressed_text_in_a_png_is_never_unpacked(name):
    packed = zlib.compress(bytes(50_000_000))
    start = b"a\x00\x01\x00\x00\x00" if name == b"iTXt" else b"a\x00\x00"
    content = with_chunk(picture(), name, start + packed)
    tracemalloc.start()
    assert checked(content).content == content
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


LONG = zlib.compress(b"x" * 3_000_000)


@pytest.mark.parametrize(
    ("name", "data"),
    [(b"iTXt", b"a\0\1\0\0\0" + LONG), (b"iCCP", b"a\0\0" + LONG), (b"gAMA", b"1"), (b"pHYs", b"1")],
)
def test_what_a_program_wrote_beside_the_pixels_hides_no_picture_from_any_reader(name, data):
    kind, plain = kind_of("image"), picture()
    content = with_chunk(plain, name, data)
    assert kind.checked(content) == content
    assert kind.fingerprint(inline_reference(content)) == kind.fingerprint(inline_reference(plain))
    assert kind.measures(content).embedding == kind.measures(plain).embedding
    assert kind.shown(inline_reference(content)).source == kind.shown(inline_reference(plain)).source


def test_pixels_that_unpack_to_more_than_the_picture_are_refused():
    stream = zlib.compress(bytes(50_000_000))
    sentence, memory, _ = spent(picture()[:33] + chunk(b"IDAT", stream) + chunk(b"IEND", b""))
    assert "damaged" in sentence
    assert memory < 5_000_000


def test_jpeg_of_very_many_scans_is_refused():
    content = encoded(drawn(), format="JPEG", progressive=True)
    scan = content.rindex(b"\xff\xda")
    many = content[:scan] + content[scan:-2] * 200 + content[-2:]
    assert refusal(many).startswith("It goes over its pixels more than 100 times.")


def test_global_settings_of_pillow_stay_as_they_are():
    before = Image.MAX_IMAGE_PIXELS
    checked(picture())
    refusal(picture()[:60])
    assert before == Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = 10
    try:
        assert checked(picture()).width == 24  # the limits of `checked` decide, whatever a notebook has set
    finally:
        Image.MAX_IMAGE_PIXELS = before


def test_tensorflow_reads_what_passes_and_no_damage_is_an_error_of_another_kind():
    """Random damage is refused with a sentence, or passes, and then TensorFlow decodes it to the same size."""
    import tensorflow as tf

    random = np.random.default_rng(0)
    originals = [encoded(drawn(mode)) for mode in ("1", *PLAIN_MODES)]
    originals += [encoded(drawn(mode), format="JPEG") for mode in ("RGB", "L", "CMYK")]
    originals += [encoded(drawn(), format="JPEG", progressive=True), encoded(drawn("P"), transparency=0)]
    passes = 0
    for original in originals:
        for trial in range(24):
            damaged = bytearray(original)
            for position in random.integers(2, len(damaged), trial % 3):
                damaged[position] = random.integers(256)
            try:
                passed = checked(bytes(damaged))
            except PictureError:
                continue
            decoded = tf.io.decode_image(passed.content, channels=4 if passed.content.startswith(b"\x89PNG") else 3)
            assert decoded.shape[:2] == (passed.height, passed.width)
            if decoded.shape[2] == 4:
                np.testing.assert_array_equal(decoded, pixels_of(passed.content))
            passes += 1
    assert passes > len(originals) * 8


def test_picture_that_was_encoded_anew_is_kept_even_if_it_is_larger_than_what_may_come():
    large = picture() + bytes(Limits.bytes)
    with pytest.raises(ReceivedError, match="bytes"):
        kind_of("image").checked(large)
    assert digest_of(kind_of("image").kept(base64.b64encode(large).decode())) == hashlib.sha256(large).hexdigest()
