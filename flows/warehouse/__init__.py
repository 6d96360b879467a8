"""Flows about the whole warehouse; `python -m flows warehouse` runs them too."""
