//! Logging in and out.

use crate::godata::{
    account::{Account, TOKEN_LIFE_MILLIS, User, login_failed},
    answer::{Answer, Refusal, Reply},
    doc::{Doc, Object},
    request::Call,
    world::World,
};

/// In which form a token is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Login,
    OAuth,
}

/// `POST /users/login`: the e-mail in any case.
pub(super) fn login(world: &mut World, call: &Call) -> Answer {
    let body = call.body_object()?;
    let email = match (body.text("email"), body.text("username")) {
        (Some(email), _) => email.to_lowercase(),
        // The check for a missing name accepts `username`, the look-up does not (recording
        // `login-username-field`).
        (None, Some(_)) => return Err(login_failed()),
        (None, None) => {
            return Err(Refusal::coded(
                400,
                "USERNAME_EMAIL_REQUIRED",
                "username or email is required",
            ));
        }
    };
    first_step(world, &email, body.text("password"), Form::Login)
}

/// `POST /oauth/token`: the e-mail must be in lower case here.
pub(super) fn oauth(world: &mut World, call: &Call) -> Answer {
    let body = call.body_object()?;
    for name in ["username", "password"] {
        if body.text(name).is_none() {
            let missing = format!("Missing required parameter: {name}");
            let message = format!("Invalid request parameters. Details: {missing}");
            return Err(Refusal::coded(400, "REQUEST_VALIDATION_ERROR", &message)
                .with("errorMessages", missing));
        }
    }
    let email = body.text("username").unwrap_or_default();
    if email != email.to_lowercase() {
        return Err(login_failed());
    }
    first_step(world, email, body.text("password"), Form::OAuth)
}

fn first_step(world: &mut World, email: &str, password: Option<&str>, form: Form) -> Answer {
    let now = world.clock.millis();
    let user_id = world.user_id_of(email).ok_or_else(login_failed)?;
    let user = world.user_mut(&user_id).ok_or_else(login_failed)?;
    user.check_password(password.unwrap_or_default(), now)?;
    if user.account.two_factor {
        let mut asks = Object::default();
        asks.set("twoFA", true);
        return Ok(Reply::json(&asks));
    }
    Ok(issue(world, &user_id, form))
}

/// The second step of an account with two-factor authentication.
pub(super) fn second_step(world: &mut World, call: &Call, form: Form) -> Answer {
    let body = call.body_object()?;
    let email = body.text("email").unwrap_or_default().to_lowercase();
    let user_id = world.user_id_of(&email).ok_or_else(login_failed)?;
    let asks = world.user(&user_id).is_some_and(|user| user.account.two_factor);
    if !asks || body.text("code") != Some(Account::TWO_FACTOR_CODE) {
        return Err(login_failed());
    }
    Ok(issue(world, &user_id, form))
}

fn issue(world: &mut World, user_id: &str, form: Form) -> Reply {
    let now = world.clock.millis();
    let token = world.ids.token();
    world.tokens.issue(token.clone(), user_id, now);
    if let Some(user) = world.user_mut(user_id) {
        user.last_login = Some(now);
    }
    let seconds = TOKEN_LIFE_MILLIS / 1000;
    let mut answer = Object::default();
    match form {
        Form::OAuth => {
            answer.set("token_type", "bearer");
            answer.set("expires_in", seconds);
            answer.set("access_token", token);
        }
        Form::Login => {
            answer.set("id", token);
            answer.set("ttl", seconds);
            answer.set("created", Doc::Date(now));
            answer.set("userId", user_id);
            answer.set("createdAt", Doc::Date(now));
            answer.set("createdBy", "system");
            answer.set("updatedAt", Doc::Date(now));
            answer.set("updatedBy", "system");
            answer.set("dbUpdatedAt", Doc::Date(now));
            answer.set("deleted", false);
        }
    }
    Reply::json(&answer)
}

/// `POST /users/logout`.
pub(super) fn logout(world: &mut World, _call: &Call, user: Option<User>) -> Answer {
    let user = super::logged_in(user)?;
    world.tokens.evict(&user.id);
    Ok(Reply::no_content())
}
