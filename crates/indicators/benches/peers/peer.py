"""What the Python peers share: measuring, and writing the cells so that they can be compared."""
import json
import sys
import time

CONFIRMED = "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED"


def measure(count):
    path, out = sys.argv[-2:]
    start = time.perf_counter()
    cells = count(path)
    seconds = time.perf_counter() - start
    lines = sorted(f"{day},{place},{n}\n" for day, place, n in cells)
    with open(out, "w", encoding="utf-8", newline="") as file:
        file.writelines(lines)
    print(json.dumps({"seconds": seconds, "cells": len(lines)}))
