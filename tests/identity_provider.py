"""A small OpenID Connect provider of the tests: discovery, keys, code flow with PKCE (RFC 7636).

It does what OpenID Connect Core 1.0 (3.1) asks of the code flow and refuses what that refuses: a
code is good once, for the redirect address and the verifier that it was asked with.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "pulih", "rahasia-klien"


class Provider:
    """What the provider knows: its key, who is signed in there, and the codes it gave."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.issuer = ""
        self.person: dict = {}
        self.codes: dict[str, dict] = {}
        self.tokens: dict[str, dict] = {}

    def discovery(self) -> dict:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def jwks(self) -> dict:
        public = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [public | {"kid": "1", "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: dict) -> str:
        """Return where the browser goes next; the person there has agreed."""
        if asked["response_type"] != "code" or asked["client_id"] != CLIENT:
            raise ValueError("unauthorized_client")
        if "openid" not in asked["scope"].split() or asked["code_challenge_method"] != "S256":
            raise ValueError("invalid_request")
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked | {"claims": dict(self.person)}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, asked: dict, authorization: str) -> dict:
        name, _, secret = (
            base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        )
        given = self.codes.pop(asked["code"])
        digest = hashlib.sha256(asked["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (name, secret) != (CLIENT, SECRET) or challenge != given["code_challenge"]:
            raise ValueError("invalid_grant")
        if asked["redirect_uri"] != given["redirect_uri"]:
            raise ValueError("invalid_grant")
        token, now = secrets.token_urlsafe(16), int(time.time())
        self.tokens[token] = given["claims"]
        facts = given["claims"] | {
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300,
        }  # fmt: skip
        if "nonce" in given:
            facts["nonce"] = given["nonce"]
        signed = jwt.encode(facts, self.key, "RS256", headers={"kid": "1"})
        return {
            "access_token": token, "token_type": "Bearer", "expires_in": 300, "id_token": signed,
        }  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    provider: Provider

    def log_message(self, *_) -> None:
        pass

    def answer(self, content: dict, code: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path == "/.well-known/openid-configuration":
            self.answer(self.provider.discovery())
        elif address.path == "/jwks":
            self.answer(self.provider.jwks())
        elif address.path == "/userinfo":
            token = self.headers["Authorization"].removeprefix("Bearer ")
            self.answer(self.provider.tokens[token])
        else:
            self.send_response(302)
            self.send_header("Location", self.provider.authorize(asked))
            self.send_header("Content-Length", "0")
            self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        try:
            self.answer(self.provider.token(asked, self.headers.get("Authorization", "")))
        except (KeyError, ValueError) as refused:
            self.answer({"error": str(refused)}, 400)


@contextmanager
def identity_provider():
    """Run a provider on a free port of this machine."""
    provider = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("H", (Handler,), {"provider": provider}))
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
