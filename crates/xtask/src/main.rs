//! `cargo xtask`: the one entry point for building, testing and measuring Chinwag.

mod bench;
mod commands;
mod debian;
mod install;
mod paths;
mod permissions;
mod prove;
mod run;
mod screenshots;
mod server;
mod test;
mod versions;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            if !message.is_empty() {
                eprintln!("{message}");
            }
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<(), String> {
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("--help", arguments),
    };
    if command == "--help"
        || command == "-h"
        || command == "help"
        || rest.iter().any(|a| a == "--help" || a == "-h")
    {
        print!("{}", help());
        return Ok(());
    }
    match command {
        "test" => test::main(rest),
        "prove" => prove::main(rest),
        "bench" => bench::main(rest),
        "permissions" if rest.is_empty() => permissions::main(),
        "screenshots" if rest.is_empty() => screenshots::main(),
        other => Err(format!("there is no command \"{other}\"; `cargo xtask --help` lists them")),
    }
}

fn help() -> String {
    format!(
        "\
Builds, tests and measures Chinwag.

cargo xtask test [STEP...] [-- NAME]
    Runs all that must hold, or only the steps named, with what they need; NAME picks tests by a part of their
    name. Logs are kept in target/xtask. The steps:
{}
cargo xtask prove AREA
    Runs the long form of a test; CHINWAG_SEED=N repeats one. The areas:
{}
cargo xtask bench NAME
    Measures and prints:
{}
cargo xtask permissions
    Writes docs/permissions.md anew, from the table in crates/model.
cargo xtask screenshots
    Takes the pictures in docs/screenshots anew, of a real server in Chromium.
",
        test::help(),
        prove::help(),
        bench::help()
    )
}
