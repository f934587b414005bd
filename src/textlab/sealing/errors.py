"""The error of sealed data that cannot be opened."""


class SealError(ValueError):
    """Sealed data, or a key, cannot be used. The message says where and what to do, and quotes neither text nor key."""
