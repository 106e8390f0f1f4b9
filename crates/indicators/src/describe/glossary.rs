//! Fields, lists and values of Go.Data in the four languages: English, French, Spanish, Portuguese.

use crate::Source;

type Row = (&'static str, [&'static str; 4]);

/// Fields by path, with their articles. A name that means something else in one kind of records has
/// the kind before it.
const FIELDS: &[Row] = &[
    (
        "id",
        [
            "the record itself",
            "l’enregistrement lui-même",
            "el propio registro",
            "o próprio registo",
        ],
    ),
    (
        "visualId",
        [
            "the visible number of the record",
            "l’identifiant visible de l’enregistrement",
            "el identificador visible del registro",
            "o identificador visível do registo",
        ],
    ),
    ("personId", ["the person", "la personne", "la persona", "a pessoa"]),
    (
        "classification",
        ["the classification", "la classification", "la clasificación", "a classificação"],
    ),
    ("outcomeId", ["the outcome", "l’issue", "el desenlace", "o desfecho"]),
    (
        "dateOfReporting",
        [
            "the date of report",
            "la date de notification",
            "la fecha de notificación",
            "a data de notificação",
        ],
    ),
    (
        "dateOfOnset",
        [
            "the date of onset of symptoms",
            "la date de début des symptômes",
            "la fecha de inicio de los síntomas",
            "a data de início dos sintomas",
        ],
    ),
    (
        "dateOfInfection",
        [
            "the date of infection",
            "la date d’infection",
            "la fecha de infección",
            "a data de infecção",
        ],
    ),
    (
        "dateOfOutcome",
        [
            "the date of the outcome",
            "la date de l’issue",
            "la fecha del desenlace",
            "a data do desfecho",
        ],
    ),
    (
        "dateOfBurial",
        [
            "the date of burial",
            "la date d’inhumation",
            "la fecha de inhumación",
            "a data do enterro",
        ],
    ),
    (
        "dateOfLastContact",
        [
            "the date of last contact",
            "la date du dernier contact",
            "la fecha del último contacto",
            "a data do último contacto",
        ],
    ),
    (
        "dateBecomeCase",
        [
            "the date on which the person became a case",
            "la date à laquelle la personne est devenue un cas",
            "la fecha en que la persona pasó a ser un caso",
            "a data em que a pessoa se tornou um caso",
        ],
    ),
    (
        "dateBecomeContact",
        [
            "the date on which the person became a contact",
            "la date à laquelle la personne est devenue un contact",
            "la fecha en que la persona pasó a ser un contacto",
            "a data em que a pessoa se tornou um contacto",
        ],
    ),
    (
        "createdAt",
        [
            "the date on which the record was made",
            "la date de création de l’enregistrement",
            "la fecha de creación del registro",
            "a data de criação do registo",
        ],
    ),
    ("gender", ["the sex", "le sexe", "el sexo", "o sexo"]),
    ("age", ["the age", "l’âge", "la edad", "a idade"]),
    ("age.years", ["the age in years", "l’âge en années", "la edad en años", "a idade em anos"]),
    (
        "dob",
        [
            "the date of birth",
            "la date de naissance",
            "la fecha de nacimiento",
            "a data de nascimento",
        ],
    ),
    ("occupation", ["the occupation", "la profession", "la ocupación", "a ocupação"]),
    (
        "pregnancyStatus",
        [
            "the pregnancy status",
            "le statut de grossesse",
            "el estado de embarazo",
            "o estado de gravidez",
        ],
    ),
    (
        "riskLevel",
        ["the level of risk", "le niveau de risque", "el nivel de riesgo", "o nível de risco"],
    ),
    (
        "investigationStatus",
        [
            "the status of the investigation",
            "le statut de l’investigation",
            "el estado de la investigación",
            "o estado da investigação",
        ],
    ),
    (
        "dateRanges.typeId",
        [
            "the type of the stay or date range",
            "le type du séjour ou de l’intervalle de dates",
            "el tipo de la estancia o del intervalo de fechas",
            "o tipo da estada ou do intervalo de datas",
        ],
    ),
    (
        "dateRanges.startDate",
        [
            "the first day of the stay or date range",
            "le premier jour du séjour ou de l’intervalle de dates",
            "el primer día de la estancia o del intervalo de fechas",
            "o primeiro dia da estada ou do intervalo de datas",
        ],
    ),
    (
        "dateRanges.endDate",
        [
            "the last day of the stay or date range",
            "le dernier jour du séjour ou de l’intervalle de dates",
            "el último día de la estancia o del intervalo de fechas",
            "o último dia da estada ou do intervalo de datas",
        ],
    ),
    (
        "dateRanges.locationId",
        [
            "the place of the stay",
            "le lieu du séjour",
            "el lugar de la estancia",
            "o local da estada",
        ],
    ),
    (
        "dateRanges.centerName",
        [
            "the centre of the stay",
            "le centre du séjour",
            "el centro de la estancia",
            "o centro da estada",
        ],
    ),
    (
        "vaccinesReceived.status",
        [
            "the vaccination status",
            "le statut vaccinal",
            "el estado de vacunación",
            "o estado vacinal",
        ],
    ),
    ("vaccinesReceived.vaccine", ["the vaccine", "le vaccin", "la vacuna", "a vacina"]),
    (
        "vaccinesReceived.date",
        [
            "the date of vaccination",
            "la date de vaccination",
            "la fecha de vacunación",
            "a data de vacinação",
        ],
    ),
    (
        "followUp.status",
        [
            "the final status of the follow-up",
            "le statut final du suivi",
            "el estado final del seguimiento",
            "o estado final do seguimento",
        ],
    ),
    (
        "followUp.startDate",
        [
            "the first day of the follow-up",
            "le premier jour du suivi",
            "el primer día del seguimiento",
            "o primeiro dia do seguimento",
        ],
    ),
    (
        "followUp.endDate",
        [
            "the last day of the follow-up",
            "le dernier jour du suivi",
            "el último día del seguimiento",
            "o último dia do seguimento",
        ],
    ),
    (
        "followUpHistory.status",
        [
            "the status that was noted",
            "le statut enregistré",
            "el estado registrado",
            "o estado registado",
        ],
    ),
    (
        "followUpHistory.startDate",
        [
            "the date on which the status was noted",
            "la date à laquelle le statut a été enregistré",
            "la fecha en que se registró el estado",
            "a data em que o estado foi registado",
        ],
    ),
    (
        "statusId",
        [
            "the status of the visit",
            "le statut de la visite",
            "el estado de la visita",
            "o estado da visita",
        ],
    ),
    (
        "createdAs",
        [
            "the kind of person for whom the visit was planned",
            "le type de personne pour laquelle la visite a été prévue",
            "el tipo de persona para la que se planificó la visita",
            "o tipo de pessoa para a qual a visita foi planeada",
        ],
    ),
    ("date", ["the date", "la date", "la fecha", "a data"]),
    (
        "follow-ups:date",
        [
            "the date of the visit",
            "la date de la visite",
            "la fecha de la visita",
            "a data da visita",
        ],
    ),
    (
        "events:date",
        [
            "the date of the event",
            "la date de l’événement",
            "la fecha del evento",
            "a data do evento",
        ],
    ),
    (
        "dateSampleTaken",
        [
            "the date on which the sample was taken",
            "la date du prélèvement",
            "la fecha de toma de la muestra",
            "a data da colheita da amostra",
        ],
    ),
    (
        "dateOfResult",
        [
            "the date of the result",
            "la date du résultat",
            "la fecha del resultado",
            "a data do resultado",
        ],
    ),
    ("result", ["the result", "le résultat", "el resultado", "o resultado"]),
    ("testType", ["the type of test", "le type de test", "el tipo de prueba", "o tipo de teste"]),
    (
        "sampleType",
        ["the type of sample", "le type d’échantillon", "el tipo de muestra", "o tipo de amostra"],
    ),
    ("labName", ["the laboratory", "le laboratoire", "el laboratorio", "o laboratório"]),
    (
        "contactDate",
        [
            "the date of the exposure",
            "la date de l’exposition",
            "la fecha de la exposición",
            "a data da exposição",
        ],
    ),
    (
        "numberOfExposures",
        [
            "the number of known exposures",
            "le nombre d’expositions connues",
            "el número de exposiciones conocidas",
            "o número de exposições conhecidas",
        ],
    ),
    (
        "numberOfContacts",
        [
            "the number of known contacts",
            "le nombre de contacts connus",
            "el número de contactos conocidos",
            "o número de contactos conhecidos",
        ],
    ),
    (
        "wasContact",
        [
            "the answer to “was a contact before”",
            "la réponse à «\u{A0}était un contact auparavant\u{A0}»",
            "la respuesta a «era un contacto antes»",
            "a resposta a “era um contacto antes”",
        ],
    ),
    (
        "wasCase",
        [
            "the answer to “was a case before”",
            "la réponse à «\u{A0}était un cas auparavant\u{A0}»",
            "la respuesta a «era un caso antes»",
            "a resposta a “era um caso antes”",
        ],
    ),
    (
        "safeBurial",
        [
            "the answer to “safe burial”",
            "la réponse à «\u{A0}inhumation sécurisée\u{A0}»",
            "la respuesta a «inhumación segura»",
            "a resposta a “enterro seguro”",
        ],
    ),
    (
        "usualPlaceOfResidenceLocationId",
        [
            "the usual place of residence",
            "le lieu de résidence habituel",
            "el lugar de residencia habitual",
            "o local de residência habitual",
        ],
    ),
    (
        "deathLocationId",
        [
            "the place of death",
            "le lieu du décès",
            "el lugar del fallecimiento",
            "o local do óbito",
        ],
    ),
    (
        "burialLocationId",
        [
            "the place of burial",
            "le lieu d’inhumation",
            "el lugar de inhumación",
            "o local do enterro",
        ],
    ),
];

/// Lists by path, without an article, as they are quoted.
const LISTS: &[Row] = &[
    (
        "dateRanges",
        [
            "stays and date ranges",
            "séjours et intervalles de dates",
            "estancias e intervalos de fechas",
            "estadas e intervalos de datas",
        ],
    ),
    (
        "followUpHistory",
        [
            "history of the follow-up",
            "historique du suivi",
            "historial del seguimiento",
            "histórico do seguimento",
        ],
    ),
    (
        "classificationHistory",
        [
            "history of the classification",
            "historique de la classification",
            "historial de la clasificación",
            "histórico da classificação",
        ],
    ),
    (
        "vaccinesReceived",
        ["vaccines received", "vaccins reçus", "vacunas recibidas", "vacinas recebidas"],
    ),
    ("addresses", ["addresses", "adresses", "direcciones", "endereços"]),
];

/// Values by short name, as they are quoted.
const VALUES: &[Row] = &[
    ("CONFIRMED", ["confirmed", "confirmé", "confirmado", "confirmado"]),
    ("PROBABLE", ["probable", "probable", "probable", "provável"]),
    ("SUSPECT", ["suspect", "suspect", "sospechoso", "suspeito"]),
    ("NOT_A_CASE_DISCARDED", ["discarded", "écarté", "descartado", "descartado"]),
    ("ALIVE", ["alive", "vivant", "vivo", "vivo"]),
    ("RECOVERED", ["recovered", "guéri", "recuperado", "recuperado"]),
    ("DECEASED", ["deceased", "décédé", "fallecido", "falecido"]),
    ("MALE", ["male", "masculin", "masculino", "masculino"]),
    ("FEMALE", ["female", "féminin", "femenino", "feminino"]),
    (
        "HOSPITALIZATION",
        ["hospitalisation", "hospitalisation", "hospitalización", "hospitalização"],
    ),
    ("ISOLATION", ["isolation", "isolement", "aislamiento", "isolamento"]),
    (
        "ICU_ADMISSION",
        [
            "admission to intensive care",
            "admission en soins intensifs",
            "ingreso en cuidados intensivos",
            "admissão em cuidados intensivos",
        ],
    ),
    (
        "HEALTH_CARE_WORKER",
        ["health care worker", "agent de santé", "personal de salud", "profissional de saúde"],
    ),
    (
        "UNDER_FOLLOW_UP",
        ["under follow-up", "en cours de suivi", "en seguimiento", "em seguimento"],
    ),
    (
        "FOLLOW_UP_COMPLETED",
        ["follow-up completed", "suivi terminé", "seguimiento completado", "seguimento concluído"],
    ),
    (
        "LOST_TO_FOLLOW_UP",
        ["lost to follow-up", "perdu de vue", "perdido en el seguimiento", "perdido no seguimento"],
    ),
    ("SEEN_OK", ["seen, well", "vu, se porte bien", "visto, está bien", "visto, está bem"]),
    (
        "SEEN_NOT_OK",
        [
            "seen, not well",
            "vu, ne se porte pas bien",
            "visto, no está bien",
            "visto, não está bem",
        ],
    ),
    ("MISSED", ["missed", "non vu", "no visto", "não visto"]),
    (
        "NOT_ATTEMPTED",
        ["not attempted", "visite non tentée", "visita no intentada", "visita não tentada"],
    ),
    (
        "NOT_PERFORMED",
        ["not performed", "visite non effectuée", "visita no realizada", "visita não realizada"],
    ),
    ("POSITIVE", ["positive", "positif", "positivo", "positivo"]),
    ("NEGATIVE", ["negative", "négatif", "negativo", "negativo"]),
    ("INCONCLUSIVE", ["inconclusive", "non concluant", "no concluyente", "inconclusivo"]),
    ("RT_PCR", ["RT-PCR", "RT-PCR", "RT-PCR", "RT-PCR"]),
    ("PCR", ["PCR", "PCR", "PCR", "PCR"]),
    (
        "ANTIGEN_DETECTED",
        [
            "antigen detection",
            "détection d’antigènes",
            "detección de antígenos",
            "detecção de antígenos",
        ],
    ),
    ("CASE", ["case", "cas", "caso", "caso"]),
    ("CONTACT", ["contact", "contact", "contacto", "contacto"]),
    (
        "CONTACT_OF_CONTACT",
        [
            "contact of contact",
            "contact de contact",
            "contacto de contacto",
            "contacto de contacto",
        ],
    ),
    ("VACCINATED", ["vaccinated", "vacciné", "vacunado", "vacinado"]),
    ("NOT_VACCINATED", ["not vaccinated", "non vacciné", "no vacunado", "não vacinado"]),
    ("COMPLETED", ["completed", "terminé", "completado", "concluído"]),
    ("IN_PROGRESS", ["in progress", "en cours", "en curso", "em curso"]),
    ("1_LOW", ["low", "faible", "bajo", "baixo"]),
    ("2_MEDIUM", ["medium", "moyen", "medio", "médio"]),
    ("3_HIGH", ["high", "élevé", "alto", "alto"]),
];

fn find(rows: &[Row], name: &str, column: usize) -> Option<&'static str> {
    rows.iter().find(|(known, _)| *known == name).and_then(|(_, words)| words.get(column).copied())
}

/// The path without marks of lists and places in lists.
fn bare(path: &str) -> String {
    let steps = path.split('.').map(|step| step.strip_suffix("[]").unwrap_or(step));
    let named: Vec<&str> = steps.filter(|step| step.parse::<usize>().is_err()).collect();
    named.join(".")
}

/// The words for a field with a known path.
pub(super) fn field(source: Source, path: &str, column: usize) -> Option<&'static str> {
    let path = bare(path);
    find(FIELDS, &format!("{source}:{path}"), column).or_else(|| find(FIELDS, &path, column))
}

/// The words for a list with a known path.
pub(super) fn list(path: &str, column: usize) -> Option<&'static str> {
    find(LISTS, &bare(path), column)
}

/// The words for a value by its short name.
pub(super) fn value(short_name: &str, column: usize) -> Option<&'static str> {
    find(VALUES, short_name, column)
}

/// The words for every field.
#[cfg(test)]
pub(super) fn fields(column: usize) -> impl Iterator<Item = &'static str> {
    FIELDS.iter().filter_map(move |(_, words)| words.get(column).copied())
}
