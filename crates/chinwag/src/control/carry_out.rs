//! Carrying out what a command asks for.

use chinwag_model::Role;
use chinwag_server::{Administration, AdministrationError};

use super::protocol::{Answer, Command, Listed};

/// Accounts in a page: well within a line, however long their names are.
const PAGE: usize = 200;

/// Carries out a command.
pub(crate) async fn carry_out(administration: &Administration, command: Command) -> Answer {
    let done = match command {
        Command::AddUser { name, password, administrator } => {
            let role = if administrator { Role::Administrator } else { Role::Member };
            let added = administration.add_user(&name, password, role).await;
            added.map(|user| Answer::User { name: user.name })
        }
        Command::SetPassword { name, password } => {
            let set = administration.set_password(&name, password).await;
            set.map(|user| Answer::User { name: user.name })
        }
        Command::ListUsers { after } => administration.users(after, PAGE).await.map(|accounts| {
            let more = accounts.len() == PAGE;
            let users = accounts.into_iter().map(|account| Listed {
                id: account.user.id,
                name: account.user.name,
                role: account.user.role,
                at: account.at.0,
            });
            Answer::Users { users: users.collect(), more }
        }),
    };
    done.unwrap_or_else(|error: AdministrationError| Answer::Refused { message: error.to_string() })
}
