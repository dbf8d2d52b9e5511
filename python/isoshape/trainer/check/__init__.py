"""A worker that only looks: what `python -m isoshape.trainer check` does."""
