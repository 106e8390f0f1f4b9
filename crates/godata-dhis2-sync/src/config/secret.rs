//! Where a password or token comes from: a file, the environment, or a prompt; never an argument.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use crate::problem::{Outcome, Problem};

/// The place of a secret. The secret itself is never in the configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretPlace {
    /// Name of the environment variable that holds it.
    #[serde(default)]
    pub env: Option<String>,
    /// Path of a file that holds it and nothing else; a line break at its end is dropped. Relative to the
    /// configuration file.
    #[serde(default)]
    pub file: Option<PathBuf>,
}

impl SecretPlace {
    /// Reads the secret. `key` names it in messages, such as `godata.password`.
    ///
    /// # Errors
    ///
    /// When neither or both of `env` and `file` are given, the variable is not set, or the file cannot be
    /// read or is empty.
    pub fn read(&self, key: &str, folder: &Path) -> Outcome<SecretString> {
        match (&self.env, &self.file) {
            (Some(name), None) => match std::env::var(name) {
                Ok(value) if !value.is_empty() => Ok(value.into()),
                _ => Err(Problem::usage(format!("the environment variable {name} is not set, so there is no {key}"))
                    .fact("key", key)
                    .next(format!("set it for this process, for example `{name}=… godata-dhis2-sync check`, or name a file: {key} = {{ file = \"…\" }}"))),
            },
            (None, Some(path)) => {
                let path = folder.join(path);
                let text = std::fs::read_to_string(&path).map_err(|error| {
                    Problem::usage(format!("the file with {key} cannot be read"))
                        .fact("file", path.display().to_string())
                        .because(error)
                        .next("write the secret into this file, readable by you alone (chmod 600)")
                })?;
                let secret = text.trim_end_matches(['\r', '\n']);
                if secret.is_empty() {
                    return Err(Problem::usage(format!("the file with {key} is empty"))
                        .fact("file", path.display().to_string())
                        .next("write the secret into it, and nothing else"));
                }
                warn_if_others_can_read(&path, key);
                Ok(secret.to_owned().into())
            }
            _ => Err(Problem::usage(format!("{key} needs either `env` or `file`"))
                .next(format!("write for example {key} = {{ env = \"PASSWORD_VARIABLE\" }}"))),
        }
    }
}

#[cfg(unix)]
fn warn_if_others_can_read(path: &Path, key: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    if let Ok(meta) = std::fs::metadata(path)
        && meta.permissions().mode() & 0o077 != 0
    {
        tracing::warn!(
            "{} with {key} can be read by other users of this machine: chmod 600",
            path.display()
        );
    }
}

#[cfg(not(unix))]
fn warn_if_others_can_read(_: &Path, _: &str) {}
