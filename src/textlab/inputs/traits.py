"""The names of the traits of a picture, see `picture_measures`."""

TRAITS = (
    "width",
    "height",
    "aspect ratio",
    "kilobytes",
    "bits per pixel",
    "brightness",
    "contrast",
    "saturation",
    "share of white",
    "edges",
    "entropy",
)
