"""Options that users hand over: names and values are texts."""

from __future__ import annotations

from collections.abc import Mapping


def check_options(argument: str, options: Mapping[str, str] | None) -> dict[str, str]:
    """Returns the options of an argument as a dict; those of None are empty.

    Raises:
        TypeError: It is no mapping, or a name or a value in it is no str. The message names the
            option and the type, never the value, which may be a credential.
    """
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise TypeError(f"{argument} is a dict of str, not of type {type(options).__name__}")
    for name, value in options.items():
        if not isinstance(name, str):
            raise TypeError(f"{argument} has a name that is no str but {type(name).__name__}")
        if not isinstance(value, str):
            raise TypeError(
                f"{argument} has a value that is no str but {type(value).__name__}, "
                f"of the option {name!r}"
            )
    return dict(options)


def as_names(columns: list[str] | str | None) -> list[str] | None:
    """Returns names of columns as a list."""
    if columns is None:
        return None
    return [columns] if isinstance(columns, str) else list(columns)


def as_configuration(configuration: Mapping[str, str | None] | None) -> dict[str, str]:
    """Returns table properties as texts; those that are None are absent."""
    set_ones = {name: text for name, text in (configuration or {}).items() if text is not None}
    return check_options("configuration", set_ones)
