//! Tokens of programs: access tokens, and the short-lived ones that are made of them.

mod access;
mod faults;
mod forge;
mod keys;
mod refresh;
mod scopes;
mod short;
