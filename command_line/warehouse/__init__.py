"""Commands of `python -m flows warehouse`: a file each, whose `main` gets the arguments and returns the exit code.

The first line of the file's docstring is its line in the listing; `_` in its name is `-` on the command line.
"""
