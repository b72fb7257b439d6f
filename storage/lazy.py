"""An attribute that is made when it is first asked for."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T_co = TypeVar("T_co", covariant=True)


class lazy(Generic[T_co]):
    """Like functools.cached_property, without the lock that it takes before Python 3.12."""

    def __init__(self, make: Callable[[Any], T_co]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, _: type[Any], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, owner: None, kind: type[Any]) -> "lazy[T_co]": ...

    @overload
    def __get__(self, owner: object, kind: type[Any]) -> T_co: ...

    def __get__(self, owner: object | None, kind: type[Any]) -> "lazy[T_co] | T_co":
        if owner is None:
            return self
        made = owner.__dict__[self._name] = self._make(owner)
        return made
