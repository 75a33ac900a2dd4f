"""A hospital's server of identities, as far as OpenID Connect asks for: whoever comes is one and the same."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode
from uuid import uuid4

import uvicorn
from free_port import free_port
from joserfc import jwt
from joserfc.jwk import RSAKey
from running_app import wait_until_it_answers
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT = "discern"
_LIFE = 600
"""Seconds, of a token."""


class IdentityProvider:
    """OpenID Connect Core 1.0, the code flow. ``email``: of the one person there is."""

    def __init__(self, address: str, email: str) -> None:
        self.address = address
        self._email = email
        self._key = RSAKey.generate_key(2048, parameters={"kid": "1", "use": "sig"})
        self._nonces: dict[str, str] = {}

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid-configuration", self._configuration),
            Route("/authorize", self._authorize),
            Route("/token", self._token, methods=["POST"]),
            Route("/keys", self._keys),
        ]

    def _configuration(self, request: Request) -> Response:
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return JSONResponse(
            {
                "issuer": self.address,
                **{name: f"{self.address}/{path}" for name, path in ends.items()},
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    def _authorize(self, request: Request) -> Response:
        code, asked = uuid4().hex, request.query_params
        self._nonces[code] = asked["nonce"]
        return RedirectResponse(
            asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})
        )

    async def _token(self, request: Request) -> Response:
        code = str((await request.form())["code"])
        now = int(time.time())
        claims = {
            "iss": self.address,
            "sub": "1",
            "aud": CLIENT,
            "iat": now,
            "exp": now + _LIFE,
            "nonce": self._nonces.pop(code),
            "email": self._email,
            "email_verified": True,
        }
        said = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self._key)
        return JSONResponse({"access_token": uuid4().hex, "token_type": "Bearer", "id_token": said})

    def _keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})


@contextmanager
def identity_provider(email: str) -> Iterator[IdentityProvider]:
    """Beside the test, on a free port."""
    port = free_port()
    provider = IdentityProvider(f"http://127.0.0.1:{port}", email)
    application = Starlette(routes=provider.routes())
    server = uvicorn.Server(uvicorn.Config(application, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until_it_answers(port)
        yield provider
    finally:
        server.should_exit = True
        thread.join()
