//! The command line: commands written out here, flags made from the table of options.

mod jobs;

use std::ffi::OsString;
use std::path::PathBuf;

use chinwag_model::Role;
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches, Subcommand};

use crate::config::option::{Item, Kind};
use crate::config::options::OPTIONS;
use crate::config::{DEFAULT_FILE, Given};
use crate::version;

pub(crate) use self::jobs::JobsAction;

#[cfg(test)]
mod tests;

/// What the program is asked to do.
#[derive(Subcommand)]
pub(crate) enum Action {
    /// Run the server; this is what happens without a command.
    ///
    /// It prints where it listens and, as long as there is no administrator, a link that makes the first one. Ctrl-C or
    /// SIGTERM ends it: what was accepted is finished and stored, and open clients come back by themselves. A second
    /// one ends it at once.
    Serve {
        /// Do no jobs; `chinwag worker` and other nodes do them. The same as --jobs 0.
        #[arg(long)]
        no_worker: bool,
    },
    /// Do jobs, and nothing else: work that can wait, like taking away what somebody wrote who is banned.
    ///
    /// A server does them as well, unless it is started with `serve --no-worker`. Several workers share the work; one that
    /// dies leaves it to the others. With a data folder there is no room for a worker beside the server.
    Worker {
        /// Do no jobs, but show what happens, which servers tell RabbitMQ, or write it to the end of FILE: requests, failed
        /// sign-ins, errors. Each line has the queue, the routing key and the entry.
        #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
        log_stream: Option<Option<PathBuf>>,
    },
    /// Show or check the configuration.
    #[command(subcommand)]
    Config(ConfigAction),
    /// Make accounts, list them, set passwords and roles, suspend; also while the server runs.
    #[command(subcommand)]
    User(UserAction),
    /// List jobs, look at one, have one tried again, drop one; also while the server runs.
    ///
    /// A job is work that can wait. Whoever has time does it, tries it again after a while if it fails, and gives it up when
    /// it has failed too often; then it waits for one of these commands.
    #[command(subcommand)]
    Jobs(JobsAction),
    /// Write everything into one file, from which it can be restored; also while the server runs.
    ///
    /// What it holds is of one moment, however much is written meanwhile. It never overwrites a file, and the file has
    /// its name only once it is whole, checked and on the disk. It holds everything that people have written: keep it
    /// where nobody else reads it.
    Backup {
        /// The file to write, outside of the data folder.
        file: PathBuf,
    },
    /// Make a data folder from a backup. The folder must be missing or empty.
    ///
    /// Everything is then as it was when the backup was made, accounts and passwords too. Clients that have seen more
    /// load afresh when they come back. A backup that was cut off or changed is refused.
    Restore {
        /// The file that `chinwag backup` wrote.
        file: PathBuf,
    },
    /// Move everything from a data folder into a PostgreSQL database. The server must be stopped.
    ///
    /// It shows how far it is, may be stopped or killed and run again, and in the end compares both sides. Accounts,
    /// sessions and history stay as they are: people notice a restart. The data folder is left as it is, but no server
    /// should be started on it any more.
    Migrate {
        /// The data folder; that of --data if not given.
        #[arg(long, value_name = "FOLDER")]
        from: Option<PathBuf>,
        /// The database, like postgres://user:password@host/database; that of --database if not given, which can stand in
        /// the environment, where nobody else sees its password.
        #[arg(long, value_name = "URL")]
        to: Option<String>,
    },
    /// Tell the version, and the commit that it was built from.
    Version,
}

/// What to do with the configuration.
#[derive(Clone, Copy, Subcommand)]
pub(crate) enum ConfigAction {
    /// Print every option with explanation, default and present value, as a configuration file.
    Print,
    /// Say what is wrong or odd, if anything.
    Check,
}

/// What to do with accounts.
#[derive(Subcommand)]
pub(crate) enum UserAction {
    /// Make an account. The password is asked for or, if standard input is no terminal, its first line.
    Add {
        /// The name to sign in with.
        name: String,
        /// What it may do in the whole workspace: member, moderator, administrator or owner.
        #[arg(long, default_value = "member", value_parser = role)]
        role: Role,
    },
    /// List all accounts, by name.
    List,
    /// Give somebody another role: member, moderator, administrator or owner.
    SetRole {
        /// Whose.
        name: String,
        /// The new one.
        #[arg(value_parser = role)]
        role: Role,
    },
    /// Sign somebody out everywhere and let them sign in no more, until it is lifted.
    Suspend {
        /// Whom.
        name: String,
    },
    /// Lift a suspension or a ban.
    Restore {
        /// Whose.
        name: String,
    },
    /// Make a link with which somebody sets a new password; it works once, for 24 hours.
    ResetLink {
        /// Whose password.
        name: String,
    },
    /// Take the second factor from somebody who has lost it, and sign them out everywhere; their password alone lets them in
    /// then.
    TakeSecondFactor {
        /// From whom.
        name: String,
    },
    /// Set somebody's password and sign them out everywhere. The password is asked for or, if standard input is no
    /// terminal, its first line.
    SetPassword {
        /// Whose.
        name: String,
    },
}

/// A role that an account can have.
fn role(text: &str) -> Result<Role, String> {
    match text.parse()? {
        Role::Guest => Err("Guests come without an account.".into()),
        role => Ok(role),
    }
}

/// The part of [`Given`] that the command line gives, and what to do.
///
/// # Errors
/// What clap says: a wrong call, or a text that was asked for like help.
pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<(Action, Given), clap::Error> {
    let matches = command().try_get_matches_from(words)?;
    let action = match matches.subcommand() {
        Some(_) => Action::from_arg_matches(&matches)?,
        None => Action::Serve { no_worker: false },
    };
    let mut given = Given::default();
    // What stands nearer to the command wins.
    let mut level = Some(&matches);
    while let Some(matches) = level {
        take(matches, &mut given);
        level = matches.subcommand().map(|(_, inner)| inner);
    }
    Ok((action, given))
}

fn take(matches: &ArgMatches, given: &mut Given) {
    if let Ok(Some(file)) = matches.try_get_one::<PathBuf>("config") {
        given.file = Some(file.clone());
    }
    for item in OPTIONS {
        if let Ok(Some(texts)) = matches.try_get_many::<String>(item.name) {
            given.flags.retain(|(other, _)| other.name != item.name);
            given.flags.push((item, texts.cloned().collect::<Vec<_>>().join(",")));
        }
    }
}

fn command() -> Command {
    let root = Command::new("chinwag")
        .version(version::full())
        .after_help("`chinwag --help` shows every option and examples.")
        .after_long_help(EXAMPLES)
        .subcommand_value_name("COMMAND")
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .value_parser(clap::value_parser!(PathBuf))
                .global(true)
                .help("The configuration file")
                .long_help(format!(
                    "The configuration file (TOML). Without it, {DEFAULT_FILE} in the working folder is read if it is \
                     there. [variable: CHINWAG_CONFIG]"
                )),
        );
    // Where everything is kept matters to all commands, the other options only to these.
    let kept = OPTIONS.iter().filter(|item| KEPT.contains(&item.name)).map(|item| flag(item).global(true));
    let others = || OPTIONS.iter().filter(|item| !KEPT.contains(&item.name)).map(flag);
    Action::augment_subcommands(root.args(kept).args(others()))
        // After the commands, which bring their own.
        .about("A self-hosted server for real-time conversation.")
        .long_about(None)
        .mut_subcommand("serve", |serve| serve.args(others()))
        .mut_subcommand("worker", |worker| {
            worker.args(others().filter(|flag| WORKERS.contains(&flag.get_id().as_str())))
        })
        .mut_subcommand("config", |config| {
            config
                .mut_subcommand("print", |print| print.args(others()))
                .mut_subcommand("check", |check| check.args(others()))
        })
}

/// The options that say where everything is kept.
const KEPT: &[&str] = &["data", "database", "instance"];

/// Those of the others that matter to a worker.
const WORKERS: &[&str] = &[
    "redis",
    "amqp",
    "publish-log",
    "jobs",
    "log",
    "log-format",
    "threads",
    "store.connections",
    "store.readers",
];

fn flag(item: &'static Item) -> Arg {
    let action = if matches!(item.kind, Kind::List(_)) { ArgAction::Append } else { ArgAction::Set };
    let default = match item.default {
        "" => String::new(),
        default => format!(" [default: {default}]"),
    };
    let short =
        item.explanation.split_inclusive(". ").next().unwrap_or_default().trim_end_matches(['.', ' ']);
    Arg::new(item.name)
        .long(item.flag())
        .value_name(item.placeholder)
        .action(action)
        .hide_short_help(!item.everyday)
        .help(format!("{short}{default}"))
        .long_help(format!("{}{default} [variable: {}]", item.explanation, item.variable()))
}

const EXAMPLES: &str = "\
Each option can stand in the configuration file, in the environment or here; later ones win. Lists are written with
commas here and in the environment.

Examples:
  chinwag
      Serve http://localhost:3000 with everything in ./data.
  chinwag --data /var/lib/chinwag --public-url https://chat.example.org --trusted-proxies 127.0.0.1
      Serve behind a proxy on this machine.
  chinwag config print > chinwag.toml
      Write a configuration file to start from.
  chinwag user add ada --role owner
      Make an account; asks for the password.
  printf '%s\\n' \"$PASSWORD\" | chinwag user set-password ada
      Set a password from a script.
  chinwag backup /backups/monday
      Back up ./data, also while the server runs.
  chinwag restore /backups/monday --data data-restored
      Make a data folder from that.
  chinwag migrate --from ./data --to postgres://chinwag@db.example.org/chinwag
      Move everything into PostgreSQL, which several servers can share.";
