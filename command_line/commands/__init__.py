"""Commands beside the flows: a file each, whose `main` gets the arguments behind the name and returns the exit code."""
