"""RSA keys of Apps."""

from __future__ import annotations

from functools import cached_property

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


class AppKey:
    """An RSA key, generated on first use: generation takes 0.1 s, and not every App signs."""

    @cached_property
    def _private(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def pem(self) -> str:
        """Return the private key as PEM, in the form that GitHub gives to the App's owner."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()

    @property
    def public(self) -> rsa.RSAPublicKey:
        """Return the public key."""
        return self._private.public_key()
