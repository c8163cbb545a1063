//! The real server, asked by real connections: what docs/api.md promises, and what bad input gets.

mod accounts;
mod backup_ahead;
mod backup_beside;
mod backup_damaged;
mod backup_places;
mod bad_input;
mod bad_packets;
mod command_line;
mod delivery;
mod full_disk;
mod guessing;
mod held;
mod membership;
mod messages;
mod moderation;
mod operations;
mod pages;
mod permissions;
mod rooms;
mod secrets;
mod security_page;
mod sessions;
mod sign_up;
mod start_refused;
mod trust;
mod upgrade;
