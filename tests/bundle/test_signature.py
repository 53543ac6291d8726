"""Who has made a bundle: a signature is looked at before anything else, and only the maker's key gives one."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from small_bundle import NETWORK, recordings, retouch, write_small
from tuner_command import Tuner

from tuner.bundle import load_bundle, read_private_key, read_public_key, sign_bundle
from tuner.bundle.files import MANIFEST, SUMS
from tuner.bundle.signature import SIGNATURE
from tuner.errors import BundleError

CPU = torch.device("cpu")


def _keys(folder: Path, name: str) -> tuple[Path, Path]:
    """Write a pair of keys as openssl does."""
    key = Ed25519PrivateKey.generate()
    private, public = folder / f"{name}.pem", folder / f"{name}.public.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return _keys(tmp_path_factory.mktemp("keys"), "maker")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, keys: tuple[Path, Path]) -> Path:
    """A bundle that was signed when it was written."""
    return write_small(tmp_path_factory.mktemp("signed") / "model", read_private_key(keys[0]))


@pytest.fixture
def bundle(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "model"))


def test_a_signed_bundle_predicts_with_the_key_and_without(bundle: Path, keys: tuple[Path, Path]) -> None:
    verified = load_bundle(bundle, CPU, key=read_public_key(keys[1])).predict(*recordings(), 300.0)
    assert np.array_equal(verified, load_bundle(bundle, CPU).predict(*recordings(), 300.0))


def test_another_key_or_no_signature_is_refused(bundle: Path, keys: tuple[Path, Path], tmp_path: Path) -> None:
    other, other_public = _keys(tmp_path, "other")
    with pytest.raises(BundleError, match="is not of this bundle and this key"):
        load_bundle(bundle, CPU, key=read_public_key(other_public))
    sign_bundle(bundle, read_private_key(other))  # it is signed anew
    load_bundle(bundle, CPU, key=read_public_key(other_public))
    with pytest.raises(BundleError, match="is not of this bundle and this key"):
        load_bundle(bundle, CPU, key=read_public_key(keys[1]))
    (bundle / SIGNATURE).unlink()
    with pytest.raises(BundleError, match="is not signed, it has no SHA256SUMS.sig"):
        load_bundle(bundle, CPU, key=read_public_key(keys[1]))


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_signature_of_another_length_is_refused(bundle: Path, keys: tuple[Path, Path], length: int) -> None:
    (bundle / SIGNATURE).write_bytes(((bundle / SIGNATURE).read_bytes() * 2)[:length])
    with pytest.raises(BundleError, match=r"SHA256SUMS\.sig"):
        load_bundle(bundle, CPU, key=read_public_key(keys[1]))


def test_a_changed_file_is_refused_whatever_its_checksum(bundle: Path, keys: tuple[Path, Path]) -> None:
    signature = (bundle / SIGNATURE).read_bytes()
    (bundle / SIGNATURE).unlink()  # the checksums are of the other files
    about = json.loads((bundle / MANIFEST).read_text())
    retouch(bundle, MANIFEST, json.dumps(about | {"unsure_below": 0.99}))
    (bundle / SIGNATURE).write_bytes(signature)
    load_bundle(bundle, CPU)  # checksums by whoever changed it prove nothing
    with pytest.raises(BundleError, match="is not of this bundle and this key"):
        load_bundle(bundle, CPU, key=read_public_key(keys[1]))


def test_the_signature_is_looked_at_before_anything_is_parsed(bundle: Path, keys: tuple[Path, Path]) -> None:
    (bundle / SUMS).write_bytes(b"\xff" * 100)
    os.remove(bundle / MANIFEST)
    with pytest.raises(BundleError, match="is not of this bundle and this key"):
        load_bundle(bundle, CPU, key=read_public_key(keys[1]))


def test_files_that_the_signature_does_not_cover_are_refused(bundle: Path, keys: tuple[Path, Path]) -> None:
    (bundle / "more.py").write_text("")
    load_bundle(bundle, CPU)
    with pytest.raises(BundleError, match="holds more.py, which SHA256SUMS does not list"):
        load_bundle(bundle, CPU, key=read_public_key(keys[1]))
    with pytest.raises(BundleError, match="holds more.py, which SHA256SUMS does not list"):
        sign_bundle(bundle, read_private_key(keys[0]))


def test_a_damaged_bundle_is_not_signed(bundle: Path, keys: tuple[Path, Path]) -> None:
    (bundle / NETWORK).write_bytes(b"")
    with pytest.raises(BundleError, match="was changed"):
        sign_bundle(bundle, read_private_key(keys[0]))
    with pytest.raises(BundleError, match="cannot be signed"):
        sign_bundle(bundle / "nowhere", read_private_key(keys[0]))


def test_a_new_bundle_takes_the_place_of_a_signed_one(bundle: Path, keys: tuple[Path, Path]) -> None:
    write_small(bundle)
    assert not (bundle / SIGNATURE).exists()


def test_a_key_that_is_none_is_one_line(keys: tuple[Path, Path], tmp_path: Path) -> None:
    private, public = keys
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    curve = generate_private_key(SECP256R1())
    form = Encoding.PEM, PrivateFormat.PKCS8
    (tmp_path / "curve").write_bytes(curve.private_bytes(*form, NoEncryption()))
    (tmp_path / "locked").write_bytes(Ed25519PrivateKey.generate().private_bytes(*form, BestAvailableEncryption(b"x")))
    for path, said in (
        (public, "holds no private key in PEM form"),
        (tmp_path / "empty", "holds no private key in PEM form"),
        (tmp_path / "locked", "without a password"),
        (tmp_path / "curve", "a key of another kind"),
        (tmp_path / "pipe", "is a pipe"),
        (tmp_path / "missing", "cannot be read"),
        (tmp_path, "cannot be read"),
    ):
        with pytest.raises(BundleError, match=said) as caught:
            read_private_key(path)
        assert "\n" not in str(caught.value)
    with pytest.raises(BundleError, match="holds no public key"):
        read_public_key(private)


def test_openssl_makes_the_keys_and_verifies_the_signature(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")

    def openssl(*arguments: object) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    private, public = tmp_path / "key.pem", tmp_path / "public.pem"
    openssl("genpkey", "-algorithm", "ed25519", "-out", private)
    openssl("pkey", "-in", private, "-pubout", "-out", public)
    bundle = write_small(tmp_path / "model")
    sign_bundle(bundle, read_private_key(private))
    load_bundle(bundle, CPU, key=read_public_key(public))
    signed = "-rawin", "-in", bundle / SUMS, "-sigfile", bundle / SIGNATURE
    openssl("pkeyutl", "-verify", "-pubin", "-inkey", public, *signed)


@pytest.mark.slow
def test_the_command_line_signs_and_verifies(bundle: Path, keys: tuple[Path, Path], tmp_path: Path) -> None:
    tuner = Tuner(tmp_path, f"sqlite:///{tmp_path / 'tuner.db'}")
    (tmp_path / "recordings").mkdir()
    np.save(tmp_path / "recordings" / "a.npy", recordings()[0][0])
    predict = (
        "predict",
        bundle,
        tmp_path / "recordings",
        "--rate",
        300,
        "--out",
        tmp_path / "p.csv",
        "--verify",
        keys[1],
    )
    assert "1 recordings" in tuner.succeed(*predict)
    (bundle / SIGNATURE).unlink()
    assert "is not signed" in tuner.fail(*predict)
    assert "signed" in tuner.succeed("sign", bundle, keys[0])
    tuner.succeed(*predict)
    assert "holds no private key" in tuner.fail("sign", bundle, keys[1])
