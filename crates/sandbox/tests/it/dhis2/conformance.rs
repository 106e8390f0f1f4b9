//! Replays what real servers were asked, and compares.

use sandbox::dhis2::Dhis2Version;

use super::{
    compare::differences,
    not_imitated::{NOT_SENT_TO_242, NOT_SENT_TO_243, ON_242, ON_243},
    recording::{Session, session_242, session_243},
    replay::Replay,
};

#[tokio::test]
async fn it_answers_as_2_42() {
    replay(Dhis2Version::V2_42, session_242(), ON_242, NOT_SENT_TO_242).await;
}

#[tokio::test]
async fn it_answers_as_2_43() {
    replay(Dhis2Version::V2_43, session_243(), ON_243, NOT_SENT_TO_243).await;
}

async fn replay(
    version: Dhis2Version,
    session: Session,
    not_imitated: &[(&str, &str)],
    not_sent: &[(&str, &str)],
) {
    let mut replay = Replay::new(version, &session);
    let mut complaints = Vec::new();
    let (mut n_agree, mut n_unsent) = (0, 0);
    for (name, _) in not_imitated.iter().chain(not_sent) {
        if !session.exchanges.iter().any(|recording| recording.name == *name) {
            complaints
                .push(format!("{name} is listed as not imitated, but there is no such recording"));
        }
    }
    for recording in &session.exchanges {
        replay.give(&session.given, &recording.name);
        if not_sent.iter().any(|(name, _)| *name == recording.name) {
            n_unsent += 1;
            continue;
        }
        let reply = replay.ask(recording).await;
        let found = differences(&recording.response, &reply, replay.ids());
        // Of a shortened list nobody can say that it agrees.
        assert!(
            recording.response.trimmed.is_none()
                || not_imitated.iter().any(|(name, _)| *name == recording.name)
        );
        let reason = not_imitated.iter().find(|(name, _)| *name == recording.name);
        match (found.is_empty(), reason) {
            (true, None) => n_agree += 1,
            (true, Some(_)) => {
                complaints
                    .push(format!("{} is listed as not imitated, but agrees", recording.name));
            }
            (false, Some(_)) => {}
            (false, None) => complaints.push(format!(
                "{} ({}):\n  {}",
                recording.name,
                recording.title.as_deref().unwrap_or_default(),
                found.join("\n  ")
            )),
        }
    }
    assert!(complaints.is_empty(), "{} complaints\n{}", complaints.len(), complaints.join("\n"));
    let accounted = n_agree + n_unsent + not_imitated.len();
    assert_eq!(accounted, session.exchanges.len(), "a recording is unaccounted for");
    assert!(replay.dhis2().imports() > 100);
}
