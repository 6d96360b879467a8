"""Errors, classed by who must act. Text: Cannot <verb> '<object>': <found> (expected <…>). <Next step>."""


class LoadError(Exception):
    """Any failure of a load that this project words itself."""


class ConfigError(LoadError):
    """Somebody must edit a design file, a parameter or a block."""


class SourceError(LoadError):
    """The source database refused or lacks what the design asks for."""


class WarehouseError(LoadError):
    """The warehouse refused a statement; trying again would not help."""


class DataError(LoadError):
    """Rows failed a check; the target is unchanged."""


class TransientError(LoadError):
    """The cause can pass: connection lost, write conflict, throttling. The one class that is retried."""
