"""The error for a state folder that cannot be used now."""

import errno

NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class StateUnavailableError(Exception):
    """The state folder cannot be read or written now. Nothing was kept.

    Attributes:
        disk_is_full: whether the reason is lack of space.
    """

    def __init__(self, disk_is_full: bool = False) -> None:
        super().__init__()
        self.disk_is_full = disk_is_full
