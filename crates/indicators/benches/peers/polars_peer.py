"""Counts confirmed cases by day and place with Polars, one thread.

`found`: as one writes it; Polars finds the columns and their types.
`named`: the three columns are named, so that it looks for nothing and skips all others.
"""
import os
import sys

os.environ["POLARS_MAX_THREADS"] = "1"

import polars as pl
from peer import CONFIRMED, measure

DATE, PLACE = "dateOfReporting", "usualPlaceOfResidenceLocationId"


NAMED = {"classification": pl.String, DATE: pl.String, PLACE: pl.String}
COLUMNS = {"found": None, "named": NAMED}[sys.argv[1]]


def count(path):
    return (
        pl.read_json(path, schema=COLUMNS)
        .filter((pl.col("classification") == CONFIRMED) & pl.col(DATE).is_not_null() & pl.col(PLACE).is_not_null())
        .group_by(pl.col(DATE).str.slice(0, 10), PLACE)
        .len()
        .rows()
    )


measure(count)
