"""Signatures of bundles: who has made one, as nobody without the maker's private key can pretend.

Checksums show damage, not deceit: whoever changes a file writes its checksum anew. The list of checksums covers every
other file, and the signature covers the list. Keys are ed25519 in PEM files, as `openssl genpkey -algorithm ed25519`
makes them; the signature is the plain 64 bytes that `openssl pkeyutl -verify -rawin` reads, too.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from data_pipeline.regular_files import read_regular
from tuner.errors import BundleError

SIGNATURE = "SHA256SUMS.sig"
SIGNATURE_BYTES = 64

_MOST_OF_KEY = 2**14


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Read the key that signs.

    Raises
    ------
    BundleError
        If the file holds none.
    """
    key = _read_key(path, lambda text: load_pem_private_key(text, password=None), "private", "genpkey")
    if not isinstance(key, Ed25519PrivateKey):
        raise BundleError(f"{path} holds a key of another kind: make one by `openssl genpkey -algorithm ed25519`")
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    """Read the key that verifies.

    Raises
    ------
    BundleError
        If the file holds none.
    """
    key = _read_key(path, load_pem_public_key, "public", "pkey -pubout")
    if not isinstance(key, Ed25519PublicKey):
        raise BundleError(f"{path} holds a key of another kind: bundles are signed with ed25519")
    return key


def _read_key(path: Path, load: Callable[[bytes], object], kind: str, command: str) -> object:
    try:
        return load(read_regular(path, _MOST_OF_KEY))
    except OSError as error:
        raise BundleError(f"{path}: the {kind} key cannot be read: {error.strerror or error}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # a TypeError asks for the password of the file
        raise BundleError(
            f"{path} holds no {kind} key in PEM form that is read without a password: write one by `openssl {command}`"
        ) from error


def check_signature(signed: bytes, signature: bytes, key: Ed25519PublicKey, where: Path) -> None:
    """Refuse what the owner of a key has not signed.

    Raises
    ------
    BundleError
        If the signature is not of that key, or of other content.
    """
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        raise BundleError(
            f"{where} is not of this bundle and this key: it was changed, or signed by somebody else; do not use it"
        ) from None
