"""Counts confirmed cases by day and place with Polars, one thread."""
import os

os.environ["POLARS_MAX_THREADS"] = "1"

import polars as pl
from peer import CONFIRMED, measure

DATE, PLACE = "dateOfReporting", "usualPlaceOfResidenceLocationId"


def count(path):
    columns = {"classification": pl.String, DATE: pl.String, PLACE: pl.String}
    return (
        pl.read_json(path, schema=columns)
        .filter((pl.col("classification") == CONFIRMED) & pl.col(DATE).is_not_null() & pl.col(PLACE).is_not_null())
        .group_by(pl.col(DATE).str.slice(0, 10), PLACE)
        .len()
        .rows()
    )


measure(count)
