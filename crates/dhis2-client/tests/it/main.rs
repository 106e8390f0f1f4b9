//! The client against the sandbox, against recorded answers, and against a server that misbehaves.

mod sending;
mod server;
