"""What stands around every request: the size of its body, its host, and whatever goes wrong.

Until keys and tokens exist the service is for this computer alone; a page of another site that a
browser shows must not reach it under a name of its own, so only the names of this computer are
answered.
"""

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger import logs
from ledger.api.errors import Problem, TooLarge, instance_of, problem_of, told

LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})

DRAINED = 64_000_000
"""How many bytes too many are read and thrown away, so that the caller gets to read the answer."""


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
        if scope["method"] == "HEAD":  # as GET, without the body
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        request = Request(scope)
        if _host(request) not in LOCAL_NAMES:
            await self._refuse(Problem("request.misdirected"), scope, receive, send)
        elif _length(request) > self._limit:
            await self._drain(receive)
            await self._refuse(TooLarge(self._limit), scope, receive, send)
        else:
            await self._guarded(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                if message.get("more_body", False):
                    await self._drain(receive)
                raise TooLarge(self._limit)
            return message

        try:
            await self._app(scope, counted, send)
        except ClientDisconnect:
            return  # nobody is left to be answered, and nothing was done
        except Exception as error:  # answered by now; it must not end the connection's task
            logs.logger().error("request_failed", path=scope["path"], exc_info=error)

    async def _drain(self, receive: Receive) -> None:
        """Read what is left of a body, up to a bound; a caller in mid-sentence hears nothing."""
        left = DRAINED
        while left > 0:
            message = await receive()
            left -= len(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body", False):
                return

    async def _refuse(
        self, error: Problem | TooLarge, scope: Scope, receive: Receive, send: Send
    ) -> None:
        answer = told(problem_of(error, instance_of(scope)), {"Connection": "close"})
        await answer(scope, receive, send)


def _without_body(send: Send) -> Send:
    async def bare(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return bare


def _host(request: Request) -> str:
    name = request.headers.get("host", "").lower()
    return name.rsplit(":", 1)[0] if not name.endswith("]") else name


def _length(request: Request) -> int:
    given = request.headers.get("content-length", "0")
    return int(given) if given.isdecimal() and len(given) < 20 else 0
