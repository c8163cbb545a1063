//! The document that is made from the table.

use std::fmt::Write;

use super::{Action, Grant, Grants, Place, Upon, Who, row};
use crate::user::Role;

/// What stands before the tables.
const HEAD: &str = "\
# Permissions

Who may do what. This page is made from the table in `crates/model/src/permission/table.rs`, which the store asks inside
each transaction (`cargo xtask permissions` writes it again; a test compares the two).

Roles in the workspace: guest, member, moderator, administrator, owner. Each may do what those before may.
A room has members and owners; whoever makes a room is its first owner.

- Somebody who is **suspended** or **banned** has no session and may do nothing at all.
- **Below** means: to others whose role in the workspace is below one's own. Owners may do it to other owners as well.
- Nobody mutes, suspends, bans or resets themselves, nobody changes their own role, and the last owner stays.
- What is marked with † cannot be done while one is **muted**.
- Of closed rooms and direct conversations that one is not in, one is not told that they exist.
";

/// The whole of `docs/permissions.md`.
pub fn document() -> String {
    let mut page = String::from(HEAD);
    // Writing to a string cannot fail.
    let _ = write!(
        page,
        "\n## In a room\n\n| | open room | closed room | direct conversation |\n|---|---|---|---|\n"
    );
    for action in Action::ALL {
        if let Place::Room { open, closed, direct } = row(*action).place {
            let _ =
                writeln!(page, "| {} | {} | {} | {} |", title(*action), say(open), say(closed), say(direct));
        }
    }
    let _ = write!(page, "\n## In the workspace\n\n| | who may |\n|---|---|\n");
    for action in Action::ALL {
        if let Place::Everywhere(grants) = row(*action).place {
            let _ = writeln!(page, "| {} | {} |", title(*action), say(grants));
        }
    }
    page
}

fn title(action: Action) -> String {
    let text = action.describe().trim_end_matches('.');
    format!("{text}{}", if row(action).muted { "" } else { " †" })
}

fn say(grants: Grants) -> String {
    let said: Vec<String> = grants.iter().map(|grant| say_one(*grant)).collect();
    if said.is_empty() { "nobody".into() } else { said.join("; ") }
}

fn say_one(grant: Grant) -> String {
    let who = match grant.who {
        Who::Role(Role::Guest) => "everybody".to_owned(),
        Who::Role(Role::Owner) => "owners".to_owned(),
        Who::Role(role) => format!("{}s and above", role.as_str()),
        Who::Inside(Role::Guest) => "everybody in the room".to_owned(),
        Who::Inside(role) => format!("{}s and above, in the room", role.as_str()),
        Who::RoomOwner => "the room's owners".to_owned(),
    };
    match grant.upon {
        Upon::Anybody => who,
        Upon::Below => format!("{who}, to those below"),
    }
}
