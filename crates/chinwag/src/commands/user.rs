//! `chinwag user …`: asked of the server that runs, or done in its place.

mod password;

use std::fmt::Write;

use chinwag_model::Standing;

use super::operator::{self, Operator, ask_once, unexpected};
use crate::command_line::UserAction;
use crate::config::{Config, Given};
use crate::control::{Answer, Command, Listed};
use crate::failure::Failure;
use crate::{date, output};

/// Carries out a command about accounts.
pub(crate) fn user(action: UserAction, given: &Given) -> Result<(), Failure> {
    operator::run(given, |config| run(action, config))
}

async fn run(action: UserAction, config: Config) -> Result<(), Failure> {
    match action {
        UserAction::Add { name, role } => {
            let password = password::ask(&name).await?;
            // The first account may be made before the first start.
            let mut operator = Operator::reach(config, true).await?;
            let added = operator.ask(Command::AddUser { name, password, role }).await;
            operator.leave().await;
            output::print(&format!("Made the account {} with the role {}.\n", named(added?)?, role.as_str()))
        }
        UserAction::SetPassword { name } => {
            let password = password::ask(&name).await?;
            let mut operator = Operator::reach(config, false).await?;
            let set = operator.ask(Command::SetPassword { name, password }).await;
            operator.leave().await;
            output::print(&format!("Set the password of {} and signed them out everywhere.\n", named(set?)?))
        }
        UserAction::SetRole { name, role } => {
            let changed = ask_once(config, Command::SetRole { name, role }).await?;
            output::print(&format!("{} has the role {} now.\n", named(changed)?, role.as_str()))
        }
        UserAction::Suspend { name } => {
            let changed = ask_once(config, Command::Suspend { name, suspended: true }).await?;
            output::print(&format!("Suspended {} and signed them out everywhere.\n", named(changed)?))
        }
        UserAction::Restore { name } => {
            let changed = ask_once(config, Command::Suspend { name, suspended: false }).await?;
            output::print(&format!("{} may sign in again.\n", named(changed)?))
        }
        UserAction::ResetLink { name } => {
            let base = config.application.public_url.as_ref().map(ToString::to_string);
            let path = match ask_once(config, Command::MakeReset { name }).await? {
                Answer::Path { path } => path,
                other => return Err(unexpected(other)),
            };
            match base {
                Some(base) => output::print(&format!("{}{path}\n", base.trim_end_matches('/'))),
                None => {
                    output::print(&format!("{path}\n(behind the address of this server; see public-url)\n"))
                }
            }
        }
        UserAction::TakeSecondFactor { name } => {
            let changed = ask_once(config, Command::TakeSecondFactor { name }).await?;
            output::print(&format!("{} has no second factor.\n", named(changed)?))
        }
        UserAction::List => {
            let mut operator = Operator::reach(config, false).await?;
            let listed = list(&mut operator).await;
            operator.leave().await;
            listed
        }
    }
}

/// Prints all accounts, page by page, so that it takes no more memory for a hundred thousand.
async fn list(operator: &mut Operator) -> Result<(), Failure> {
    output::print(&format!("{:36}  {:13}  {:9}  {:10}  NAME\n", "ID", "ROLE", "STANDING", "SINCE"))?;
    let mut after = None;
    loop {
        let (users, next) = match operator.ask(Command::ListUsers { after }).await? {
            Answer::Users { users, next } => (users, next),
            other => return Err(unexpected(other)),
        };
        let page = users.iter().fold(String::new(), |mut page, user| {
            line(&mut page, user);
            page
        });
        output::print(&page)?;
        if next.is_none() {
            return Ok(());
        }
        after = next;
    }
}

/// One account. The name comes last: how wide it is depends on the reader's font.
fn line(page: &mut String, user: &Listed) {
    let role = user.role.as_str();
    let standing = match user.standing {
        Standing::Active => "active",
        Standing::Suspended => "suspended",
        Standing::Banned => "banned",
        Standing::Gone => "gone",
    };
    let day = date::day(user.at);
    // Writing to a string cannot fail.
    let _ = writeln!(page, "{:36}  {role:13}  {standing:9}  {day:10}  {}", user.id.0, user.name);
}

fn named(answer: Answer) -> Result<String, Failure> {
    match answer {
        Answer::User { name } => Ok(name),
        other => Err(unexpected(other)),
    }
}
