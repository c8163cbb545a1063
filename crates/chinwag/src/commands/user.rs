//! `chinwag user …`: asked of the server that runs, or done in its place.

mod operator;
mod password;

use std::fmt::Write;

use chinwag_model::Role;
use tokio::runtime::{Builder, Runtime};

use self::operator::Operator;
use crate::command_line::UserAction;
use crate::config::{Config, Given, load};
use crate::control::{Answer, Command, Listed};
use crate::failure::Failure;
use crate::{date, output};

/// Carries out a command about accounts.
pub(crate) fn user(action: UserAction, given: &Given) -> Result<(), Failure> {
    let config = load(given).map_err(Failure::Usage)?.config;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime: Runtime =
        runtime.map_err(|error| Failure::new(format!("The command cannot run: {error}.")))?;
    let done = runtime.block_on(run(action, config));
    // A password that is still waited for must not keep the process.
    runtime.shutdown_background();
    done
}

async fn run(action: UserAction, config: Config) -> Result<(), Failure> {
    match action {
        UserAction::Add { name, administrator } => {
            let password = password::ask(&name).await?;
            let role = if administrator { " as an administrator" } else { "" };
            // The first account may be made before the first start.
            let mut operator = Operator::reach(config, true).await?;
            let added = operator.ask(Command::AddUser { name, password, administrator }).await;
            operator.leave().await;
            output::print(&format!("Made the account {}{role}.\n", named(added?)?))
        }
        UserAction::SetPassword { name } => {
            let password = password::ask(&name).await?;
            let mut operator = Operator::reach(config, false).await?;
            let set = operator.ask(Command::SetPassword { name, password }).await;
            operator.leave().await;
            output::print(&format!("Set the password of {} and signed them out everywhere.\n", named(set?)?))
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
    output::print(&format!("{:36}  {:13}  {:10}  NAME\n", "ID", "ROLE", "SINCE"))?;
    let mut after = None;
    loop {
        let (users, more) = match operator.ask(Command::ListUsers { after }).await? {
            Answer::Users { users, more } => (users, more),
            other => return Err(unexpected(other)),
        };
        let page = users.iter().fold(String::new(), |mut page, user| {
            line(&mut page, user);
            page
        });
        output::print(&page)?;
        after = users.last().map(|user| user.id);
        if !more || after.is_none() {
            return Ok(());
        }
    }
}

/// One account. The name comes last: how wide it is depends on the reader's font.
fn line(page: &mut String, user: &Listed) {
    let role = match user.role {
        Role::Member => "member",
        Role::Administrator => "administrator",
    };
    // Writing to a string cannot fail.
    let _ = writeln!(page, "{:36}  {role:13}  {:10}  {}", user.id.0, date::day(user.at), user.name);
}

fn named(answer: Answer) -> Result<String, Failure> {
    match answer {
        Answer::User { name } => Ok(name),
        other => Err(unexpected(other)),
    }
}

fn unexpected(answer: Answer) -> Failure {
    match answer {
        Answer::Refused { message } => Failure::Run(message),
        _ => Failure::new("The server gave an answer to another question; use the same chinwag for both."),
    }
}
