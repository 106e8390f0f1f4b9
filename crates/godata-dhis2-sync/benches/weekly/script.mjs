// What WHO's reference implementation #6 does, for every week and district instead of one day and country.
//
// Its two jobs, 6a-getCasesDHIS.js and 6b-importDHIS2.js of github.com/WorldHealthOrganization/godata, run in OpenFn:
// log in, get the confirmed cases of an outbreak in one request, whole and unpaged (`getCase(outbreak, {where})` of
// its Go.Data adaptor), filter and count them in JavaScript, post the result to `dataValueSets`. This is that in plain
// Node 20: its own `fetch` (which asks for gzip and unpacks it), one pass over the cases, one post for all values.
// Nothing is read or written that the jobs would not; no value is compared with what DHIS2 holds.
//
// With `narrow` it asks for the three fields that it needs, of the weeks that it counts: what a careful author would
// write.
//
//     node script.mjs '{"goData": "http://…", "email": "…", "password": "…", "outbreak": "…", "dhis2": "http://…",
//                       "token": "…", "weeks": ["2020-12-07", "2021-02-28"], "narrow": false}'
const settings = JSON.parse(process.argv[2]);
const [firstDay, lastDay] = settings.weeks;

async function answer(response) {
  const body = await response.json();
  if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(body)}`);
  return body;
}

// 6a: the cases.
const session = await fetch(`${settings.goData}/api/users/login`, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ email: settings.email, password: settings.password }),
}).then(answer);

function get(path, filter) {
  const query = new URLSearchParams({ filter: JSON.stringify(filter) });
  return fetch(`${settings.goData}/api/${path}?${query}`, { headers: { Authorization: session.id } }).then(answer);
}

const confirmed = { classification: "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED" };
const query = settings.narrow
  ? {
      where: { and: [confirmed, { dateOfReporting: { gte: `${firstDay}T00:00:00.000Z` } }] },
      fields: ["dateOfReporting", "usualPlaceOfResidenceLocationId"],
    }
  : { where: confirmed };
const cases = await get(`outbreaks/${settings.outbreak}/cases`, query);
const locations = await get("locations", {});

// Which district a place lies in, by the DHIS2 id among its identifiers.
const byId = new Map(locations.map((location) => [location.id, location]));
function districtOf(id) {
  let location = byId.get(id);
  while (location && !location.geographicalLevelId?.endsWith("_2")) location = byId.get(location.parentLocationId);
  return location?.identifiers.map(({ code }) => code).find((code) => /^[A-Za-z][A-Za-z0-9]{10}$/.test(code));
}

/** `2021W8` for 2021-02-25: the week of the Thursday that is nearest. */
function isoWeek(day) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7));
  const newYear = Date.UTC(date.getUTCFullYear(), 0, 1);
  return `${date.getUTCFullYear()}W${Math.ceil(((date - newYear) / 86_400_000 + 1) / 7)}`;
}

const districts = new Map([...byId.keys()].map((id) => [id, districtOf(id)]));
const weeks = new Map();
const counts = new Map();
for (const { dateOfReporting, usualPlaceOfResidenceLocationId } of cases) {
  const day = dateOfReporting?.slice(0, 10);
  const orgUnit = districts.get(usualPlaceOfResidenceLocationId);
  if (!day || day < firstDay || day > lastDay || !orgUnit) continue;
  if (!weeks.has(day)) weeks.set(day, isoWeek(day));
  const cell = `${weeks.get(day)} ${orgUnit}`;
  counts.set(cell, (counts.get(cell) ?? 0) + 1);
}

// 6b: the values.
const dataValues = [...counts].map(([cell, value]) => {
  const [period, orgUnit] = cell.split(" ");
  return { dataElement: "CnPsS2xE8UN", period, orgUnit, value: String(value) };
});
const imported = await fetch(`${settings.dhis2}/api/dataValueSets`, {
  method: "POST",
  headers: { "Content-Type": "application/json", Authorization: `ApiToken ${settings.token}` },
  body: JSON.stringify({ dataSet: "kIfMNugiTgd", dataValues }),
}).then(answer);
console.log(JSON.stringify({ cases: cases.length, values: dataValues.length, status: imported.status }));
