"""From the bytes of pictures to the numbers that a network reads, in core TensorFlow operations.

Training and export share this graph, so that they read a picture alike. A picture is fitted into a square as a whole,
by an antialiased filter, and what it leaves free or shows through is white.
"""

from typing import Any

WHITE = 255
LEAST = 2.0  # pixels of a side in the square; a narrower line in the middle would lie between two pixels
PICTURES_AT_ONCE = 2  # a picture of 40 megapixels takes up to 600 MB while it is read


def decoded(pictures: Any, resolution: int) -> Any:
    """Decode pictures and resize them to a square.

    Args:
        pictures: string (n,), PNG or JPEG with 8 bits per channel: gray, colours or a palette, with or without alpha.
        resolution: the side of the square in pixels.

    Returns:
        float32 (n, resolution, resolution, 3), from 0 to 255.
    """
    import tensorflow as tf

    return tf.map_fn(
        lambda picture: _decoded(picture, resolution),
        pictures,
        parallel_iterations=PICTURES_AT_ONCE,
        fn_output_signature=tf.TensorSpec((resolution, resolution, 3), tf.float32),
    )


def _decoded(picture: Any, resolution: int) -> Any:
    import tensorflow as tf

    # This operation decodes JPEG too. It keeps the channels of the file: 1 or 3, and 2 or 4 with alpha.
    pixels = tf.io.decode_png(picture)
    channels = tf.shape(pixels)[-1]
    has_alpha = tf.equal(channels % 2, 0)
    squared = tf.cond(has_alpha, lambda: _on_white(pixels, resolution), lambda: _opaque(pixels, resolution))
    return tf.broadcast_to(squared, (resolution, resolution, 3))


def _opaque(pixels: Any, resolution: int) -> Any:
    return WHITE - _fitted(WHITE - pixels, resolution)


def _on_white(pixels: Any, resolution: int) -> Any:
    """Resize colours that are weighted by alpha, so that the hidden colour of a transparent pixel does not count."""
    import tensorflow as tf

    wide = tf.cast(pixels, tf.uint16)  # holds 255 * 255, in half the memory of float32
    alpha = wide[:, :, -1:]
    colours = _fitted(wide[:, :, :-1] * alpha, resolution) / WHITE
    return colours + (WHITE - _fitted(alpha, resolution))


def _fitted(pixels: Any, resolution: int) -> Any:
    """Resize pixels until the longer side fits, and put them into the middle of a square of zeros.

    Args:
        pixels: uint8 or uint16 (height, width, channels).
        resolution: the side of the square.
    """
    import tensorflow as tf

    shape = tf.cast(tf.shape(pixels)[:2], tf.float32)
    scale = tf.maximum(resolution / tf.reduce_max(shape), LEAST / shape)
    return tf.raw_ops.ScaleAndTranslate(
        images=pixels[None],
        size=[resolution, resolution],
        scale=scale,
        translation=(resolution - shape * scale) / 2,
        kernel_type="triangle",
        antialias=True,
    )[0]
