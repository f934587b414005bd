"""From the bytes of pictures to the numbers that a network reads, in core TensorFlow operations.

Training and export share this graph, so that they read a picture alike. A picture is composed on white, and resized as
a whole by an antialiased filter, whatever its shape.
"""

from typing import Any

WHITE = 255
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
    resized = tf.cond(has_alpha, lambda: _on_white(pixels, resolution), lambda: _resized(pixels, resolution))
    return tf.broadcast_to(resized, (resolution, resolution, 3))


def _on_white(pixels: Any, resolution: int) -> Any:
    """Resize colours that are weighted by alpha, so that the hidden colour of transparent pixels does not count."""
    import tensorflow as tf

    wide = tf.cast(pixels, tf.uint16)  # holds 255 * 255, in half the memory of float32
    alpha = wide[:, :, -1:]
    colours = _resized(wide[:, :, :-1] * alpha, resolution) / WHITE
    return colours + (WHITE - _resized(alpha, resolution))


def _resized(pixels: Any, resolution: int) -> Any:
    import tensorflow as tf

    return tf.image.resize(pixels, (resolution, resolution), antialias=True)
