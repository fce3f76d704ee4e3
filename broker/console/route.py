"""Routes of the console, which FastAPI analyses when somebody first asks for one, and not at each start.

There are over two hundred, and a path's pattern, a function's parameters and the forms of its answer are half a
millisecond of work each: a fifth of the console's start, for pages that may not be opened today. What is wrong with a
route shows when its description is asked for, which the tests do with every one.
"""

from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from broker.console.guard import guard

_MAKING = RLock()


class LateRoute(APIRoute):
    """A route that knows its address and methods, and becomes the rest when anything else of it is asked for."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        self._given: tuple[str, Callable[..., Any], Mapping[str, Any]] = (path, endpoint, given)
        self.path, self.endpoint = path, endpoint
        self._head = path.partition("{")[0]

    def __getattr__(self, name: str) -> Any:
        """What is not there yet. Two threads may ask at once: one makes it, the other waits."""
        with _MAKING:
            given = self.__dict__.pop("_given", None)
            if given is not None:
                path, endpoint, options = given
                super().__init__(path, endpoint, **options)
            return object.__getattribute__(self, name)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As every route does; most addresses differ from this one's before its first parameter."""
        if scope["type"] != "http" or not scope["path"].startswith(self._head):
            return Match.NONE, {}
        return super().matches(scope)


def page_router() -> APIRouter:
    """A router for pages of one subject, behind the guard."""
    return APIRouter(dependencies=[Depends(guard)], include_in_schema=False, route_class=LateRoute)
