"""The RSA key of an App."""

from __future__ import annotations

from functools import cached_property

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


class AppKey:
    """A key made when it is first asked for: that takes a tenth of a second, and not every App signs."""

    @cached_property
    def _private(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def pem(self) -> str:
        """The private half, as GitHub hands it to the App's owner."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()

    @property
    def public(self) -> rsa.RSAPublicKey:
        """The half that GitHub keeps."""
        return self._private.public_key()
