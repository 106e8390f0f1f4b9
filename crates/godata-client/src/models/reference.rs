//! Value lists (reference data). Source: facts §5.12.

use super::macros::reference_values;

reference_values! {
    /// How far a case is confirmed.
    pub enum Classification in "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION" {
        /// Confirmed, usually by a laboratory.
        Confirmed = "CONFIRMED",
        /// Probable.
        Probable = "PROBABLE",
        /// Suspect.
        Suspect = "SUSPECT",
        /// Not a case: counted in no case indicator.
        Discarded = "NOT_A_CASE_DISCARDED",
    }
}

reference_values! {
    /// How an illness ended.
    pub enum Outcome in "LNG_REFERENCE_DATA_CATEGORY_OUTCOME" {
        /// Alive.
        Alive = "ALIVE",
        /// Recovered.
        Recovered = "RECOVERED",
        /// Deceased, possibly without a date.
        Deceased = "DECEASED",
    }
}

reference_values! {
    /// Gender.
    pub enum Gender in "LNG_REFERENCE_DATA_CATEGORY_GENDER" {
        /// Male.
        Male = "MALE",
        /// Female.
        Female = "FEMALE",
    }
}

reference_values! {
    /// Risk level of a person.
    pub enum RiskLevel in "LNG_REFERENCE_DATA_CATEGORY_RISK_LEVEL" {
        /// Low.
        Low = "1_LOW",
        /// Medium.
        Medium = "2_MEDIUM",
        /// High.
        High = "3_HIGH",
    }
}

reference_values! {
    /// What kind of person (or event) something is about.
    pub enum PersonType in "LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE" {
        /// A case.
        Case = "CASE",
        /// A contact.
        Contact = "CONTACT",
        /// A contact of a contact.
        ContactOfContact = "CONTACT_OF_CONTACT",
        /// An event.
        Event = "EVENT",
    }
}

reference_values! {
    /// What a date range of a case is about.
    pub enum DateRangeType in "LNG_REFERENCE_DATA_CATEGORY_PERSON_DATE_TYPE" {
        /// In hospital.
        Hospitalization = "HOSPITALIZATION",
        /// In isolation.
        Isolation = "ISOLATION",
        /// In hospital for another reason.
        HospitalizationForOtherConditions = "HOSPITALIZATION_FOR_OTHER_MEDICAL_CONDITIONS",
        /// In intensive care.
        IcuAdmission = "ICU_ADMISSION",
        /// Accident and emergency.
        EmergencyVisit = "A_E_VISIT",
        /// Primary health care.
        PrimaryCareVisit = "PRIMARY_HEALTH_CARE_PHC_GP_ETC_VISIT",
        /// Outpatient (2.45 and later).
        OutpatientVisit = "OUTPATIENT_VISIT",
    }
}

reference_values! {
    /// What an address is.
    pub enum AddressType in "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE" {
        /// Where the person lives.
        UsualPlaceOfResidence = "USUAL_PLACE_OF_RESIDENCE",
        /// Where the person lived before.
        PreviousPlaceOfResidence = "PREVIOUS_USUAL_PLACE_OF_RESIDENCE",
    }
}

reference_values! {
    /// What a laboratory found.
    pub enum LabTestResult in "LNG_REFERENCE_DATA_CATEGORY_LAB_TEST_RESULT" {
        /// Positive.
        Positive = "POSITIVE",
        /// Negative.
        Negative = "NEGATIVE",
        /// Inconclusive.
        Inconclusive = "INCONCLUSIVE",
        /// Positive for something else.
        PositiveForOther = "POSITIVE_FOR_OTHER_PATHOGENS_SPECIFY_IN_NOTES_FIELD",
    }
}

reference_values! {
    /// How far a laboratory test has got.
    pub enum LabTestStatus in "LNG_REFERENCE_DATA_CATEGORY_LAB_TEST_RESULT_STATUS" {
        /// In progress.
        InProgress = "IN_PROGRESS",
        /// Completed.
        Completed = "COMPLETED",
    }
}

reference_values! {
    /// How certain an exposure is.
    pub enum CertaintyLevel in "LNG_REFERENCE_DATA_CATEGORY_CERTAINTY_LEVEL" {
        /// Low.
        Low = "1_LOW",
        /// Medium.
        Medium = "2_MEDIUM",
        /// High.
        High = "3_HIGH",
    }
}

reference_values! {
    /// The level of a place in the country's hierarchy.
    pub enum GeographicalLevel in "LNG_REFERENCE_DATA_CATEGORY_LOCATION_GEOGRAPHICAL_LEVEL" {
        /// The country.
        Level0 = "ADMIN_LEVEL_0",
        /// The first level below.
        Level1 = "ADMIN_LEVEL_1",
        /// The second level below.
        Level2 = "ADMIN_LEVEL_2",
        /// The third level below.
        Level3 = "ADMIN_LEVEL_3",
        /// The fourth level below.
        Level4 = "ADMIN_LEVEL_4",
        /// The fifth level below.
        Level5 = "ADMIN_LEVEL_5",
        /// The sixth level below.
        Level6 = "ADMIN_LEVEL_6",
        /// The seventh level below.
        Level7 = "ADMIN_LEVEL_7",
        /// The eighth level below.
        Level8 = "ADMIN_LEVEL_8",
        /// The ninth level below.
        Level9 = "ADMIN_LEVEL_9",
    }
}

reference_values! {
    /// How far the investigation of a case has got (2.41 and later).
    pub enum InvestigationStatus in "LNG_REFERENCE_DATA_CATEGORY_INVESTIGATION_STATUS" {
        /// In progress.
        InProgress = "IN_PROGRESS",
        /// Reached.
        Reached = "REACHED",
        /// Not reached.
        NotReached = "NOT_REACHED",
        /// Complete.
        Complete = "COMPLETE",
    }
}

reference_values! {
    /// Whether a person is pregnant.
    pub enum PregnancyStatus in "LNG_REFERENCE_DATA_CATEGORY_PREGNANCY_STATUS" {
        /// Does not apply.
        None = "NONE",
        /// Not pregnant.
        NotPregnant = "NOT_PREGNANT",
        /// First trimester.
        FirstTrimester = "YES_FIRST_TRIMESTER",
        /// Second trimester.
        SecondTrimester = "YES_SECOND_TRIMESTER",
        /// Third trimester.
        ThirdTrimester = "YES_THIRD_TRIMESTER",
        /// Pregnant, trimester unknown.
        TrimesterUnknown = "YES_TRIMESTER_UNKNOWN",
    }
}

reference_values! {
    /// Whether a vaccine was given.
    pub enum VaccineStatus in "LNG_REFERENCE_DATA_CATEGORY_VACCINE_STATUS" {
        /// Vaccinated.
        Vaccinated = "VACCINATED",
        /// Not vaccinated.
        NotVaccinated = "NOT_VACCINATED",
    }
}

reference_values! {
    /// How one day's follow-up went. "Seen" is [`SeenOk`](Self::SeenOk) or
    /// [`SeenNotOk`](Self::SeenNotOk).
    pub enum DailyFollowUpStatus in "LNG_REFERENCE_DATA_CONTACT_DAILY_FOLLOW_UP_STATUS_TYPE" {
        /// Not performed: what generated rows begin with.
        NotPerformed = "NOT_PERFORMED",
        /// Not attempted.
        NotAttempted = "NOT_ATTEMPTED",
        /// Seen and well.
        SeenOk = "SEEN_OK",
        /// Seen and not well.
        SeenNotOk = "SEEN_NOT_OK",
        /// Missed.
        Missed = "MISSED",
    }
}

reference_values! {
    /// How a person's follow-up stands or ended.
    pub enum FinalFollowUpStatus in "LNG_REFERENCE_DATA_CONTACT_FINAL_FOLLOW_UP_STATUS_TYPE" {
        /// Under follow-up.
        UnderFollowUp = "UNDER_FOLLOW_UP",
        /// Completed.
        Completed = "FOLLOW_UP_COMPLETED",
        /// Lost.
        Lost = "LOST_TO_FOLLOW_UP",
        /// Died.
        Died = "DIED",
        /// Never ill or not a case (until 2.47; later servers turn it into completed).
        NeverIll = "NEVER_ILL_NOT_A_CASE",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_have_names_and_others_stay_as_they_came() {
        let known =
            Classification::from("LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED");
        assert_eq!(known, Classification::Confirmed);
        assert_eq!(known.short(), "CONFIRMED");
        // A value that the recorded outbreak holds and that no list does.
        let id = "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_RETIRED_VALUE";
        let other = Classification::from(id);
        assert_eq!((other.id(), other.short()), (id, "RETIRED_VALUE"));
        assert_eq!(format!("{other:?}"), "RETIRED_VALUE");
        assert_eq!(format!("{:?}", Classification::from("Planted Name")), "<other>");
    }
}
