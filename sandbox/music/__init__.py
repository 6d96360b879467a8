"""The music service whose events and songs lie in the lake as JSON: its listeners, its catalogue, their plays."""

from sandbox.music.seeding import seed_songplays

__all__ = ["seed_songplays"]
