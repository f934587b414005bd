"""Texts sealed at rest: encrypted lines and values that only the holder of a key can read or change.

The laboratory and the service share this package. Importing it needs the standard library only; sealing and opening
need `cryptography`.

keys       the keys, and the cipher: AES-256-GCM
key_files  where keys come from: a variable or a file
chain      the format of a sealed file, line by line
lines      a file of lines that one process writes, and the reading of sealed and clear files
purposes   what the service's files are for
appending  the end of a file that several processes share
replacing  a file that takes the place of another in one step
rewriting  a whole file that is sealed, unsealed, or sealed with a new key

A sealed file is a text file. Its first line names the format, the purpose and a random id. Every other line is one
record: the id of a key, and in base64 a nonce, the encrypted lines and a tag. The key of a record is derived from the
named key and the first line. The tag also covers the tag of the record before. A record that was changed, moved,
repeated, left out, or taken from another file therefore does not open, nor does one behind such a place.

Two attacks cannot be detected. Whoever can write to the folder can remove records from the end of a file, or put an
older state of the same file, or a file in the clear, in its place. Whoever holds a key can read and write everything.
"""

from textlab.sealing.errors import SealError
from textlab.sealing.keys import Keys
from textlab.sealing.lines import LineFile, is_sealed, read_lines

__all__ = ["Keys", "LineFile", "SealError", "is_sealed", "read_lines"]
