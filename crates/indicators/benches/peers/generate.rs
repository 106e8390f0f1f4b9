//! Writes a Go.Data case export of any size, the same one for the same arguments.
//!
//! ```sh
//! cargo run --release -p indicators --example generate-export -- 100000 cases.json
//! ```
//!
//! Fields, their order, their lengths and how often they are absent follow the cases recorded from
//! Go.Data 2.50.3, with answers and notes as long as in an outbreak with full investigation forms:
//! about 3 kB a case. Some texts hold quotes, brackets, escapes and the names of the fields that
//! are counted, so that a reader that only looks for text gets wrong numbers. The people are
//! invented.
#![expect(clippy::print_stderr, reason = "a program for measurements")]

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};

use chrono::{Days, NaiveDate};

const CATEGORY: &str = "LNG_REFERENCE_DATA_CATEGORY_";
const OUTBREAK: &str = "3b5554d7-2c19-41d0-b9af-475ad25a382b";
const USER: &str = "e061379b-1614-460b-b998-a6520494892a";
/// 2 March 2020, with room before it for onsets.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2020, 3, 2).unwrap();
const N_PLACES: u64 = 400;
const N_DAYS: u64 = 320;
const FIRST_NAMES: [&str; 8] =
    ["Moussa", "Joy", "Lina", "Abdou", "Hélène", "Tomé", "Marie-Noëlle", "Ana"];
const LAST_NAMES: [&str; 8] =
    ["Sánchez", "O'Brien", "Bâ", "N'Diaye", "Silva", "Ouédraogo", "Kamara", "de Souza"];
const NOTES: [&str; 6] = [
    "Seen at home with the team leader; the family asked for a second visit on market day.",
    "Transferred by ambulance after triage, wrote \\\"no fever\\\" on the paper form [page 2].",
    "Le patient dit avoir voyagé avec sa sœur; à vérifier auprès du chef de quartier.",
    "Old note copied from the ledger: {\\\"classification\\\":\\\"CONFIRMED\\\",\\\"dateOfReporting\\\":\\\"2020-05-05\\\"}",
    "Symptoms began with headache, then cough\\nand loss of taste; path C:\\\\scans\\\\form.pdf",
    "Contacto próximo no trabalho; máscara usada só às vezes, sem outras informações. \\ud83d\\ude37",
];

/// Steele, Lea and Flood's SplitMix64: small, and the same on every machine.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let n = usize::try_from(self.next() % 1_000_000).unwrap_or_default();
        of[n % of.len()]
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            b >> 52,
            b & 0xffff_ffff_ffff
        )
    }
}

fn place(n: u64) -> String {
    Chance(n.wrapping_mul(77) + 5).uuid()
}

fn day(first: NaiveDate, after: u64) -> String {
    let day = first.checked_add_days(Days::new(after)).unwrap_or(first);
    format!("\"{day}T00:00:00.000Z\"")
}

fn case(n: u64, chance: &mut Chance, out: &mut impl Write) -> std::io::Result<()> {
    let first = FIRST_DAY;
    // Two waves: most days see few cases, some see many.
    let wave = (chance.below(N_DAYS / 2) + chance.below(N_DAYS / 2)) % N_DAYS;
    let reported = wave + 20;
    let (given, family) = (chance.pick(&FIRST_NAMES), chance.pick(&LAST_NAMES));
    write!(out, "{{\"firstName\":\"{given}\"")?;
    match chance.below(100) {
        0..47 => write!(out, ",\"gender\":\"{CATEGORY}GENDER_MALE\"")?,
        47..94 => write!(out, ",\"gender\":\"{CATEGORY}GENDER_FEMALE\"")?,
        94..97 => write!(out, ",\"gender\":null")?,
        _ => {}
    }
    write!(
        out,
        ",\"isDateOfOnsetApproximate\":{},\"wasContact\":{},\"wasContactOfContact\":false",
        chance.percent(10),
        chance.percent(8)
    )?;
    if chance.percent(68) {
        let outcome = ["RECOVERED", "RECOVERED", "RECOVERED", "ALIVE", "DECEASED"];
        write!(out, ",\"outcomeId\":\"{CATEGORY}OUTCOME_{}\"", chance.pick(&outcome))?;
        write!(out, ",\"dateOfOutcome\":{}", day(first, reported + chance.below(30)))?;
    }
    write!(out, ",\"transferRefused\":false,\"safeBurial\":false")?;
    match chance.below(100) {
        0..52 => write!(out, ",\"classification\":\"{CATEGORY}CASE_CLASSIFICATION_CONFIRMED\"")?,
        52..66 => write!(out, ",\"classification\":\"{CATEGORY}CASE_CLASSIFICATION_PROBABLE\"")?,
        66..86 => write!(out, ",\"classification\":\"{CATEGORY}CASE_CLASSIFICATION_SUSPECT\"")?,
        86..98 => write!(
            out,
            ",\"classification\":\"{CATEGORY}CASE_CLASSIFICATION_NOT_A_CASE_DISCARDED\""
        )?,
        98 => write!(out, ",\"classification\":null")?,
        _ => {}
    }
    write!(
        out,
        ",\"riskLevel\":\"{CATEGORY}RISK_LEVEL_{}\",\"riskReason\":\"{}\"",
        chance.pick(&["1_LOW", "2_MEDIUM", "3_HIGH"]),
        chance.pick(&NOTES)
    )?;
    if chance.percent(20) {
        write!(
            out,
            ",\"vaccinesReceived\":[{{\"vaccine\":\"{CATEGORY}VACCINE_VACCINE_ALBA\",\"date\":{},\"status\":\"{CATEGORY}VACCINE_STATUS_VACCINATED\"}}]",
            day(first, chance.below(20))
        )?;
    }
    write!(
        out,
        ",\"id\":\"{}\",\"outbreakId\":\"{OUTBREAK}\",\"visualId\":\"CA-{n:07}\",\"lastName\":\"{family}\"",
        chance.uuid()
    )?;
    match chance.below(100) {
        0..80 => write!(out, ",\"age\":{{\"years\":{},\"months\":0}}", chance.below(90))?,
        80..84 => write!(out, ",\"age\":{{\"years\":0,\"months\":{}}}", chance.below(12))?,
        84..92 => write!(
            out,
            ",\"dob\":\"{}-{:02}-{:02}T00:00:00.000Z\"",
            1930 + chance.below(90),
            1 + chance.below(12),
            1 + chance.below(28)
        )?,
        _ => {}
    }
    if chance.percent(60) {
        let work = ["HEALTH_CARE_WORKER", "TEACHER", "FARMER", "STUDENT", "TAXI_DRIVER", "UNKNOWN"];
        write!(out, ",\"occupation\":\"{CATEGORY}OCCUPATION_{}\"", chance.pick(&work))?;
    }
    if chance.percent(15) {
        write!(
            out,
            ",\"documents\":[{{\"type\":\"{CATEGORY}DOCUMENT_TYPE_PASSPORT\",\"number\":\"DOC-{}\"}}]",
            chance.below(1_000_000)
        )?;
    }
    let home = chance.percent(96).then(|| place(chance.below(N_PLACES)));
    write!(
        out,
        ",\"addresses\":[{{\"typeId\":\"{CATEGORY}ADDRESS_TYPE_USUAL_PLACE_OF_RESIDENCE\",\"city\":\"Old Town\",\"addressLine1\":\"{} Example Street\",\"postalCode\":\"\",\"phoneNumber\":\"+000 {:07}\",",
        chance.below(99),
        chance.below(10_000_000)
    )?;
    if let Some(home) = &home {
        write!(out, "\"locationId\":\"{home}\",")?;
    }
    write!(
        out,
        "\"geoLocation\":{{\"lat\":{}.{:05},\"lng\":-{}.{:05}}},\"geoLocationAccurate\":false}}",
        chance.below(80),
        chance.below(100_000),
        chance.below(170),
        chance.below(100_000)
    )?;
    if chance.percent(20) {
        write!(
            out,
            ",{{\"typeId\":\"{CATEGORY}ADDRESS_TYPE_PREVIOUS_USUAL_PLACE_OF_RESIDENCE\",\"city\":\"New Town\",\"locationId\":\"{}\",\"date\":{}}}",
            place(chance.below(N_PLACES)),
            day(first, chance.below(20))
        )?;
    }
    write!(out, "]")?;
    if chance.percent(98) {
        write!(out, ",\"dateOfReporting\":{}", day(first, reported))?;
    }
    write!(out, ",\"isDateOfReportingApproximate\":false")?;
    if chance.percent(92) {
        write!(out, ",\"dateOfOnset\":{}", day(first, reported - chance.below(14)))?;
    }
    ranges(reported, first, chance, out)?;
    write!(
        out,
        ",\"classificationHistory\":[{{\"classification\":\"{CATEGORY}CASE_CLASSIFICATION_SUSPECT\",\"startDate\":\"2026-11-22T10:59:57.468Z\",\"endDate\":\"2026-11-23T10:59:57.468Z\"}},{{\"classification\":\"{CATEGORY}CASE_CLASSIFICATION_CONFIRMED\",\"startDate\":\"2026-11-23T10:59:57.468Z\"}}],\"hasRelationships\":true"
    )?;
    let n_relations = chance.below(5);
    write!(out, ",\"relationshipsRepresentation\":[")?;
    for relation in 0..n_relations {
        let comma = if relation == 0 { "" } else { "," };
        write!(
            out,
            "{comma}{{\"id\":\"{}\",\"active\":true,\"otherParticipantType\":\"{CATEGORY}PERSON_TYPE_CONTACT\",\"otherParticipantId\":\"{}\",\"source\":true}}",
            chance.uuid(),
            chance.uuid()
        )?;
    }
    write!(out, "],\"numberOfExposures\":{},\"numberOfContacts\":{n_relations}", chance.below(3))?;
    match &home {
        Some(home) => write!(out, ",\"usualPlaceOfResidenceLocationId\":\"{home}\"")?,
        None => write!(out, ",\"usualPlaceOfResidenceLocationId\":null")?,
    }
    answers(first, reported, chance, out)?;
    write!(
        out,
        ",\"duplicateKeys\":{{\"name\":[\"{given}{family}\"],\"document\":[]}},\"createdAt\":\"2026-11-23T10:59:57.468Z\",\"createdBy\":\"{USER}\",\"updatedAt\":\"2026-11-23T11:00:31.427Z\",\"updatedBy\":\"{USER}\",\"dbUpdatedAt\":\"2026-11-23T11:00:31.427Z\",\"createdOn\":\"API\",\"deleted\":false,\"active\":true,\"address\":{{}},\"followUp\":{{\"originalStartDate\":{0},\"startDate\":{0},\"endDate\":{1},\"status\":\"LNG_REFERENCE_DATA_CONTACT_FINAL_FOLLOW_UP_STATUS_TYPE_UNDER_FOLLOW_UP\"}}}}",
        day(first, reported),
        day(first, reported + 21)
    )
}

fn ranges(
    reported: u64,
    first: NaiveDate,
    chance: &mut Chance,
    out: &mut impl Write,
) -> std::io::Result<()> {
    write!(out, ",\"dateRanges\":[")?;
    for n in 0..chance.below(3) {
        let comma = if n == 0 { "" } else { "," };
        let kind =
            chance.pick(&["HOSPITALIZATION", "HOSPITALIZATION", "ISOLATION", "ICU_ADMISSION"]);
        let begin = reported + chance.below(10);
        write!(
            out,
            "{comma}{{\"typeId\":\"{CATEGORY}PERSON_DATE_TYPE_{kind}\",\"centerName\":\"{CATEGORY}CENTRE_NAME_CENTRAL_ISOLATION_UNIT\",\"locationId\":\"{}\",\"startDate\":{},\"endDate\":",
            place(chance.below(N_PLACES)),
            day(first, begin)
        )?;
        match chance.percent(70) {
            true => write!(out, "{}", day(first, begin + chance.below(20)))?,
            false => write!(out, "null")?,
        }
        write!(out, ",\"comments\":\"{}\"}}", chance.pick(&NOTES))?;
    }
    write!(out, "]")
}

fn answers(
    first: NaiveDate,
    reported: u64,
    chance: &mut Chance,
    out: &mut impl Write,
) -> std::io::Result<()> {
    write!(
        out,
        ",\"questionnaireAnswers\":{{\"hcw\":[{{\"value\":\"{}\"}}],\"first_consult\":[{{\"value\":{}}}]",
        chance.below(3),
        day(first, reported)
    )?;
    for question in 0..chance.below(6) {
        match chance.below(4) {
            0 => write!(
                out,
                ",\"q_case_symptom_{question:02}\":[{{\"value\":[\"fever\",\"cough\",\"headache\"]}}]"
            )?,
            1 => write!(
                out,
                ",\"q_case_number_{question:02}\":[{{\"value\":{}.5}}]",
                chance.below(42)
            )?,
            2 => write!(out, ",\"q_case_open_{question:02}\":[{{\"value\":null}}]")?,
            _ => write!(
                out,
                ",\"q_case_notes_{question:02}\":[{{\"value\":\"{}\"}}]",
                chance.pick(&NOTES)
            )?,
        }
    }
    write!(out, "}}")
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [n_cases, file] = arguments.as_slice() else {
        return Err("usage: generate-export NUMBER_OF_CASES FILE".into());
    };
    let n_cases: u64 = n_cases.parse()?;
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file)?);
    let mut chance = Chance(2020);
    out.write_all(b"[")?;
    for n in 0..n_cases {
        if n > 0 {
            out.write_all(b",")?;
        }
        out.write_all(b"\n")?;
        case(n, &mut chance, &mut out)?;
    }
    out.write_all(b"\n]\n")?;
    let bytes = out.into_inner()?.metadata()?.len();
    // The location tree of a real run; programs that do not need it count by whatever id comes.
    let places: Vec<String> = (0..N_PLACES).map(place).collect();
    std::fs::write(format!("{file}.places"), places.join("\n"))?;
    eprintln!("{n_cases} cases, {bytes} bytes, {} a case: {file}", bytes / n_cases.max(1));
    Ok(())
}
