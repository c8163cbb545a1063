//! Carrying out what a command asks for.

mod jobs;

use chinwag_model::{User, UserId};
use chinwag_server::{Administration, AdministrationError};
use chinwag_store::After;

use super::protocol::{Answer, Command, Listed, Place};

/// Accounts in a page: well within a line, however long their names are.
const PAGE: usize = 200;

/// Carries out a command.
pub(crate) async fn carry_out(administration: &Administration, command: Command) -> Answer {
    let done = match command {
        Command::AddUser { name, password, role } => {
            administration.add_user(&name, password, role).await.map(to_user)
        }
        Command::SetPassword { name, password } => {
            administration.set_password(&name, password).await.map(to_user)
        }
        Command::SetRole { name, role } => administration.set_role(&name, role).await.map(to_user),
        Command::Suspend { name, suspended } => administration.suspend(&name, suspended).await.map(to_user),
        Command::MakeReset { name } => {
            administration.reset_path(&name).await.map(|path| Answer::Path { path })
        }
        Command::TakeSecondFactor { name } => administration.take_second_factor(&name).await.map(to_user),
        Command::ListUsers { after } => {
            let after = after.map(|Place { key, id }| After { key, id: id.0 });
            administration.users(after, PAGE).await.map(|(accounts, next)| {
                let users = accounts.into_iter().map(|account| Listed {
                    id: account.user.id,
                    name: account.user.name,
                    role: account.user.role,
                    standing: account.standing,
                    at: account.at.0,
                });
                let next = next.map(|After { key, id }| Place { key, id: UserId(id) });
                Answer::Users { users: users.collect(), next }
            })
        }
        Command::Jobs(command) => jobs::jobs(administration, command).await,
    };
    done.unwrap_or_else(|error: AdministrationError| Answer::Refused { message: error.to_string() })
}

fn to_user(user: User) -> Answer {
    Answer::User { name: user.name }
}
