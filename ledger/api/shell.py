"""What stands around every request: the size of its body, its host, and whatever goes wrong.

Until keys and tokens exist the service is for this computer alone; a page of another site that a
browser shows must not reach it under a name of its own, so only the names of this computer are
answered.
"""

from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger import logs, problems
from ledger.api.errors import problem_of, told

LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})

DRAINED = 4
"""How many times the limit is read and thrown away, so that the caller gets to read the answer."""


class TooLarge(Exception):
    """The body is larger than the limit."""


class Shell:
    """Wraps the application: limits, hosts, and a problem for what nobody expected."""

    def __init__(self, app: ASGIApp, body_limit: int) -> None:
        self._app = app
        self._limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if _host(request) not in LOCAL_NAMES:
            await self._refuse("request.misdirected", scope, receive, send)
            return
        if _length(request) > self._limit:
            await self._drain(receive)
            await self._refuse("request.too_large", scope, receive, send)
            return
        await self._guarded(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise TooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except Exception as error:  # whatever it is, the caller gets a problem and the log the rest
            if begun:
                raise
            if _is_too_large(error):
                await self._drain(receive)
                await self._refuse("request.too_large", scope, receive, send)
                return
            logs.logger().error("request_failed", path=scope["path"], exc_info=error)
            answer = told(problem_of(error, scope["path"]))
            await answer(scope, receive, send)

    async def _drain(self, receive: Receive) -> None:
        """Read what is left of a body, up to a bound; a caller in mid-sentence hears nothing."""
        left = DRAINED * self._limit
        while left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body", False):
                return

    async def _refuse(self, code: str, scope: Scope, receive: Receive, send: Send) -> None:
        detail = None
        if code == "request.too_large":
            detail = f"The body has more than {self._limit} bytes."
        problem = problems.problem(code, detail=detail, instance=scope["path"])
        answer = told(problem, {"Connection": "close"})
        await answer(scope, receive, send)


def _is_too_large(error: BaseException | None) -> bool:
    """Whether an error is, or comes from, a body over the limit."""
    seen: Any = error
    while seen is not None:
        if isinstance(seen, TooLarge):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _host(request: Request) -> str:
    name = request.headers.get("host", "").lower()
    return name.rsplit(":", 1)[0] if not name.endswith("]") else name


def _length(request: Request) -> int:
    given = request.headers.get("content-length", "0")
    return int(given) if given.isdecimal() and len(given) < 20 else 0
