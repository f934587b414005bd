"""An issuer of bearer tokens, and its key server on loopback."""

import http.server
import json
import threading
import time
from contextlib import contextmanager

import jwt
from answering import listening
from cryptography.hazmat.primitives.asymmetric import ec, rsa

ISSUER, AUDIENCE = "https://issuer.example", "api://sentiment"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def public_keys(rsa_name="rsa"):
    rsa_entry = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA_KEY.public_key()))
    ec_entry = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(EC_KEY.public_key()))
    return {"keys": [rsa_entry | {"kid": rsa_name, "alg": "RS256"}, ec_entry | {"kid": "ec", "alg": "ES256"}]}


def token(key=RSA_KEY, algorithm="RS256", kid="rsa", **changes):
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "robot", "exp": now + 60, "roles": ["predict", "admin"]} | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm, headers={"kid": kid} if kid else None)


def bearer(*arguments, **changes):
    return {"Authorization": f"Bearer {token(*arguments, **changes)}"}


class KeyServer:
    """Answers with `content`, in the way that `manner` names.

    Attributes:
        content: the body of the answers.
        manner: "answers", "hangs" before the answer, "dribbles" its head byte by byte, "redirects" or "fails".
        asked: the number of requests so far.
    """

    def __init__(self, address, ended):
        self.address, self._ended = address, ended
        self.content, self.manner, self.asked = json.dumps(public_keys()).encode(), "answers", 0

    def answer(self, handler):
        self.asked += 1
        if self.manner == "hangs":
            self._ended.wait(60)
        elif self.manner == "dribbles":
            while not self._ended.wait(0.02):
                handler.wfile.write(b"H")
        elif self.manner == "redirects":
            handler.send_response(302)
            handler.send_header("Location", self.address + "/elsewhere")
            handler.end_headers()
        else:
            handler.send_response(500 if self.manner == "fails" else 200)
            handler.end_headers()
            handler.wfile.write(self.content)


@contextmanager
def key_server():
    """A KeyServer that runs until the end."""
    ended = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            try:
                made.answer(self)
            except OSError:
                return  # the service has hung up

        def log_message(self, *_):
            pass

    with listening(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as address:
        made = KeyServer(address + "/keys", ended)
        try:
            yield made
        finally:
            ended.set()
