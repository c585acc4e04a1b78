"""The invoke tasks: arguments in, a job called, its result rendered."""
