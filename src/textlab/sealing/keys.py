"""The keys that seal, several at once, and AES-256-GCM with keys that are derived from them.

A key of the operator never encrypts anything itself. HKDF (RFC 5869) derives a key for each file and for each batch of
values, so that random nonces of 96 bits stay far below their limit of 2^32 messages a key (NIST SP 800-38D, 8.3).
"""

import binascii
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from textlab.sealing.errors import SealError
from textlab.sealing.key_files import ID, KEY_BYTES, check_keys, named_secrets

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
TAG_BYTES = 16
SALT_BYTES = 16
VALUES_PER_SALT = 1 << 20
CIPHERS = 256  # maximum number of derived keys that are kept
SHOWN_KEYS = 5


class Keys:
    """The operator's keys. The first one seals; all of them open.

    Args:
        secrets: the 32 bytes of each key by its id.

    Raises:
        SealError: there is no key, an id has other characters than letters, digits, "_" and "-", or a key does not
            have 32 bytes.
    """

    def __init__(self, secrets: Mapping[str, bytes]) -> None:
        check_keys(secrets)
        self._secrets = dict(secrets)
        self._ciphers: dict[tuple[str, bytes], AESGCM] = {}
        self._salt, self._values = b"", 0

    def __repr__(self) -> str:
        return f"Keys({', '.join(self.ids)})"

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the keys, the one that seals first."""
        return tuple(self._secrets)

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return self.ids[0]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Keys | None":
        """The keys that the environment names; None if it names none.

        TEXTLAB_SEAL_KEYS holds them as "id:base64,id2:base64". TEXTLAB_SEAL_KEYS_FILE names a file with one of them a
        line, or with a JSON object of them.

        Raises:
            SealError: both variables are set, the file cannot be read, or a key is not valid.
        """
        secrets = named_secrets(os.environ if environment is None else environment)
        return cls(secrets) if secrets else None

    def seal_value(self, data: bytes, context: bytes) -> bytes:
        """Encrypt a value, such as a cell of a table.

        Args:
            data: the value.
            context: where the value belongs, such as its table, column and row. It opens only with the same context.

        Returns:
            Printable ASCII without spaces: the key's id, ":", and base64.
        """
        if self._values % VALUES_PER_SALT == 0:
            self._salt = os.urandom(SALT_BYTES)
        self._values += 1
        salt = self._salt
        return self._token(salt + self._sealed(_value_info(salt), data, context))

    def open_value(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt a value of `seal_value`.

        Raises:
            SealError: the value was changed, belongs to another context, or its key is missing or another one.
        """
        name, content = parse_token(sealed)
        salt, rest = content[:SALT_BYTES], content[SALT_BYTES:]
        return self.opened(name, rest, _value_info(salt), context)

    def seal_record(self, data: bytes, info: bytes, bound: bytes) -> bytes:
        """Encrypt a record with the key that is derived from the current key and `info`, and bind it to `bound`."""
        return self._token(self._sealed(info, data, bound))

    def opened(self, name: str, content: bytes, info: bytes, bound: bytes) -> bytes:
        """Decrypt nonce, ciphertext and tag that the key with this id sealed.

        Raises:
            SealError: there is no such key, or the content does not belong to key, `info` and `bound`.
        """
        if name not in self._secrets:
            others = ", ".join(self.ids[:SHOWN_KEYS])
            raise SealError(f"It is sealed with the key '{name}', and only {others} is set. Add that key.")
        from cryptography.exceptions import InvalidTag

        if len(content) < NONCE_BYTES + TAG_BYTES:
            raise SealError("It is too short for a sealed record. Restore the file from a backup.")
        try:
            return self._cipher(name, info).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], bound)
        except InvalidTag:
            raise SealError(
                f"It was changed or moved, or sealed with another key named '{name}'. Set the right key, or restore "
                "the file from a backup."
            ) from None

    def _token(self, content: bytes) -> bytes:
        return self.current.encode() + b":" + binascii.b2a_base64(content, newline=False)

    def _sealed(self, info: bytes, data: bytes, bound: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher(self.current, info).encrypt(nonce, data, bound)

    def _cipher(self, name: str, info: bytes) -> "AESGCM":
        cipher = self._ciphers.get((name, info))
        if cipher is None:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
            from cryptography.hazmat.primitives.hashes import SHA256
            from cryptography.hazmat.primitives.kdf.hkdf import HKDF

            derived = HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(self._secrets[name])
            if len(self._ciphers) >= CIPHERS:
                self._ciphers = {}
            cipher = self._ciphers[name, info] = AESGCM(derived)
        return cipher


def parse_token(token: bytes) -> tuple[str, bytes]:
    """The key's id, and the bytes that it sealed.

    Raises:
        SealError: the token does not have the form "id:base64".
    """
    name, colon, encoded = token.partition(b":")
    content = b""
    try:
        id_, content = name.decode("ascii"), binascii.a2b_base64(encoded)
    except ValueError:
        id_ = ""
    # base64 has several spellings for the same bytes. Only the one that was written is accepted.
    if not colon or not ID.fullmatch(id_) or binascii.b2a_base64(content, newline=False) != encoded:
        raise SealError("It is not a sealed record: it was changed. Restore the file from a backup.")
    return id_, content


def _value_info(salt: bytes) -> bytes:
    return b"textlab sealed value 1\n" + salt
