//! What the sandbox does not imitate, and why. A recording that is listed and agrees all the same
//! fails the test, so that the list stays true.

const BENCH: &str = "shows values that the time measurements stored, whose calls are not recorded";
const UNRECORDED: &str =
    "the request of the losing caller is not recorded; tests/it/dhis2/faults.rs has the fault";
const ANALYTICS: &str =
    "the steps and names of analytics are not made, only its sums and its last word";

/// Not imitated on 2.42: name of the recording, reason.
pub(super) const ON_242: &[(&str, &str)] = &[
    ("week-53-read", BENCH),
    ("x-pe-w-read", BENCH),
    ("x-read-last-updated-only", BENCH),
    ("analytics-task", ANALYTICS),
    ("analytics-after", ANALYTICS),
    ("auth-token-list", "lists a token that an unrecorded call had made"),
];

/// Not imitated on 2.43: name of the recording, reason.
pub(super) const ON_243: &[(&str, &str)] = &[
    ("x-read-last-updated-only", BENCH),
    ("analytics-task", ANALYTICS),
    ("analytics-after", "the recorded server found nothing, although the values were there"),
    ("analytics-daily", "the recorded server found nothing, although the values were there"),
    ("auth-token-list", "lists a token that an unrecorded call had made"),
    ("x-csv-header-missing", "prints options in the order of a Java hash table"),
];

/// Not sent to a sandbox of 2.42.
pub(super) const NOT_SENT_TO_242: &[(&str, &str)] = &[
    (
        "setup-metadata-before-cache-clear",
        "fails only on a server's very first start, and would make what the next ones make",
    ),
    ("x-lost-pair-1202", "the 1202 values are not recorded"),
    ("race-loser-warning", UNRECORDED),
    ("race-loser-error", UNRECORDED),
    ("race-new-period-loser", UNRECORDED),
];

/// Not sent to a sandbox of 2.43.
pub(super) const NOT_SENT_TO_243: &[(&str, &str)] = &[
    ("x-lost-pair-1202", "the 1202 values are not recorded"),
    ("race-same-cells-loser", UNRECORDED),
    ("race-new-period-loser", UNRECORDED),
];
