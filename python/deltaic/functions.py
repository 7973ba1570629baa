"""Functions of this package's SQL for sessions of the package `datafusion`."""

from __future__ import annotations

from deltaic import _internal

__all__ = ["ScalarFunction", "scalar_functions"]


class ScalarFunction:
    """A scalar function that `datafusion.udf` takes."""

    def __init__(self, name: str) -> None:
        """Use `scalar_functions`."""
        self.name = name

    def __datafusion_scalar_udf__(self) -> object:
        """Makes the function known to the package `datafusion`."""
        return _internal.scalar_function_capsule(self.name)

    def __repr__(self) -> str:
        return f"ScalarFunction({self.name!r})"


def scalar_functions() -> list[ScalarFunction]:
    """Returns the functions that SQL of this package has on top of DataFusion's: those of variants.

    `for function in scalar_functions(): context.register_udf(datafusion.udf(function))` adds them
    to a session of the package `datafusion`.
    """
    return [ScalarFunction(name) for name in _internal.scalar_function_names()]
