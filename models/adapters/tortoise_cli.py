"""The configuration that Tortoise's command line reads (`tortoise -c … makemigrations`)."""

from models.adapters.connections import tortoise_config
from models.adapters.settings import Settings

CONFIG = tortoise_config(Settings().database, writers=1)
