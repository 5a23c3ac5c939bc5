"""Settings from the environment, read once at the edge."""

import os

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from poseloom.schemas.errors import InputError


class StorageSettings(BaseModel):
    """How long to bear with a store. Where it lies and who may enter is the usual AWS environment's business.

    Attributes:
        patience_s: Give up on a store that worked before after this many seconds without an answer.
        first_patience_s: The same for a store that never answered: probably a wrong address.
        connect_timeout_s: Limit of one connection attempt.
        read_timeout_s: Limit of one wait for bytes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    patience_s: float = Field(default=60, ge=0)
    first_patience_s: float = Field(default=5, ge=0)
    connect_timeout_s: float = Field(default=5, gt=0)
    read_timeout_s: float = Field(default=30, gt=0)

    @classmethod
    def from_environment(cls) -> "StorageSettings":
        """Settings with the fields that ``POSELOOM_STORE_<FIELD>`` variables give.

        Raises:
            InputError: A variable is not a number in range.
        """
        names = {field: f"POSELOOM_STORE_{field.upper()}" for field in cls.model_fields}
        try:
            return cls.model_validate({field: os.environ[name] for field, name in names.items() if name in os.environ})
        except ValidationError as error:
            first = error.errors()[0]
            name = names.get(str(first["loc"][0]), "settings")
            raise InputError(f"expected {name} to be a number of seconds, got {first['input']!r}") from None
