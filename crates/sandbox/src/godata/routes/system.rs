//! Settings of the server.

use axum::http::Method;

use crate::godata::{
    account::User,
    answer::{Answer, Refusal, Reply},
    doc::Object,
    request::Call,
};

/// The `api-key` with which `/system-settings/version` answers: the one that the server ships with.
pub const API_KEY: &str = "your_api_key_here";

pub(super) fn route(call: &Call, user: Option<User>) -> Answer {
    if call.method != Method::GET {
        return Err(super::no_route(call));
    }
    match call.words().get(1..).unwrap_or_default() {
        [] => {
            super::logged_in(user)?.needs(&["system_settings_view"])?;
            let mut answer = Object::default();
            answer.set("clientApplications", Vec::new());
            answer.set("upstreamServers", Vec::new());
            answer.set("deleted", false);
            Ok(Reply::json(&answer))
        }
        ["version"] if call.header("api-key") == Some(API_KEY) => Ok(Reply::json(&version())),
        ["version"] => Err(Refusal::plain(401, "Unauthorized: Invalid API Key")),
        _ => Err(super::no_route(call)),
    }
}

fn version() -> serde_json::Value {
    serde_json::json!({
        "platform": "-",
        "version": "2.50.3",
        "build": "development",
        "arch": "x64",
        "timezone": "UTC",
        "tokenTTL": 600,
        "skipOldPasswordForUserModify": true,
        "captcha": {"login": false, "forgotPassword": false, "resetPasswordQuestions": false},
        "demoInstance": {
            "enabled": false,
            "label": "DEMO",
            "style": {
                "opacity": 0.5,
                "backgroundColor": "gray",
                "color": "black",
                "fontWeight": "bold",
                "fontSize": "40px"
            }
        },
        "duplicate": {
            "disableCaseDuplicateCheck": false,
            "disableContactDuplicateCheck": false,
            "disableContactOfContactDuplicateCheck": false,
            "executeCheckOnlyOnDuplicateDataChange": false
        }
    })
}
