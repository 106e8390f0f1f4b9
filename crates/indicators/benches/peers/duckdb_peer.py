"""Counts confirmed cases by day and place with DuckDB, one thread.

`found`: as one writes it; DuckDB finds the columns and their types.
`named`: the three columns are named, so that it looks for nothing and skips all others.
"""
import sys

import duckdb
from peer import CONFIRMED, measure

NAMED = """, format = 'array', columns = {
    classification: 'VARCHAR', dateOfReporting: 'VARCHAR', usualPlaceOfResidenceLocationId: 'VARCHAR'}"""
COLUMNS = {"found": "", "named": NAMED}[sys.argv[1]]


def count(path):
    db = duckdb.connect(config={"threads": 1})
    return db.execute(
        f"""
        SELECT (dateOfReporting::VARCHAR)[1:10] AS day, usualPlaceOfResidenceLocationId AS place, count(*)
        FROM read_json(?{COLUMNS})
        WHERE classification = ? AND day IS NOT NULL AND place IS NOT NULL
        GROUP BY ALL
        """,
        [path, CONFIRMED],
    ).fetchall()


measure(count)
