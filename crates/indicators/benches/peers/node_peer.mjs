// Counts confirmed cases by day and place as a script would: parse the file, loop over it.
import { readFileSync, writeFileSync } from "node:fs";

const [path, out] = process.argv.slice(2);
const confirmed = "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED";

const start = performance.now();
const cells = new Map();
for (const item of JSON.parse(readFileSync(path, "utf8"))) {
  const place = item.usualPlaceOfResidenceLocationId;
  if (item.classification !== confirmed || !item.dateOfReporting || !place) continue;
  const key = `${item.dateOfReporting.slice(0, 10)},${place}`;
  cells.set(key, (cells.get(key) ?? 0) + 1);
}
const seconds = (performance.now() - start) / 1000;

const lines = [...cells].map(([key, n]) => `${key},${n}\n`).sort();
writeFileSync(out, lines.join(""));
console.log(JSON.stringify({ seconds, cells: lines.length }));
