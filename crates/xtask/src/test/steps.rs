//! The list of all steps, in their order.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use xtask::Postgres;

use crate::commands::{cargo, node, npm};
use crate::test::counts::Runner;
use crate::test::step::{Action, Part, Step};
use crate::test::{PREPARATION, house_rules, imports, sources};
use crate::{debian, install, paths, run, versions};

/// The whole-system tests' package, whose tests are a step of their own.
const SYSTEM: &str = "chinwag-tests";

/// How many tests of a crate run at once: twice the cores of the smallest machine that they are meant for.
const UNIT_THREADS: &str = "4";

/// How many files of tests run at once, for the same reason: those with servers mostly wait for them.
const LANES: usize = 2;

/// Every step; `filter` picks tests by name in the steps that run tests.
pub(crate) fn all(filter: Option<&str>) -> Vec<Step> {
    let mut steps = preparation();
    steps.extend(lint());
    steps.push(Step {
        name: "build",
        group: PREPARATION,
        about: "the server and the tests",
        needs: &["npm"],
        action: Action::Prepare(build),
    });
    steps.extend(tests(filter));
    steps
}

fn preparation() -> Vec<Step> {
    let step = |name, about, needs, prepare| Step {
        name,
        group: PREPARATION,
        about,
        needs,
        action: Action::Prepare(prepare),
    };
    vec![
        step("tools", "Node, npm and a C compiler that are new enough", &[], || {
            versions::check().map(|()| "all are there".to_owned())
        }),
        step("packages", "Debian packages that tests need", &["tools"], debian::ensure),
        step("npm", "npm packages, as the lock files name them", &["tools"], install::npm_packages),
    ]
}

fn lint() -> Vec<Step> {
    let commands = |name, about, needs, make: fn() -> Vec<Command>| Step {
        name,
        group: "lint",
        about,
        needs,
        action: Action::Commands {
            make: Box::new(move || Ok(numbered(name, make()))),
            runner: Runner::None,
            lanes: 1,
        },
    };
    vec![
        commands("fmt", "formatting", &[], || vec![cargo(["fmt", "--all", "--check"])]),
        commands("clippy", "lints, warnings denied", &["npm"], || {
            vec![cargo(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"])]
        }),
        // Not part of the workspace, and so easily forgotten when the code changes that they feed.
        commands("fuzz", "formatting and lints of the fuzz targets", &["tools"], || {
            let manifest = ["--manifest-path", "fuzz/Cargo.toml"];
            let mut format = cargo(["fmt"]);
            format.args(manifest).arg("--check");
            let mut clippy = cargo(["clippy"]);
            clippy.args(manifest).arg("--target-dir").arg(paths::target().join("fuzz"));
            clippy.args(["--locked", "--", "--deny", "warnings"]);
            // Nothing is linked here, and so libFuzzer itself, which takes a C++ compiler, need not be built.
            clippy.env("CUSTOM_LIBFUZZER_PATH", "/nowhere/libfuzzer.a");
            vec![format, clippy]
        }),
        Step {
            name: "rules",
            group: "lint",
            about: "who may import whom, and other rules of the house",
            needs: &[],
            action: Action::Faults(|| {
                let mut faults = imports::check()?;
                faults.extend(house_rules::check()?);
                Ok(faults)
            }),
        },
    ]
}

fn tests(filter: Option<&str>) -> Vec<Step> {
    let owned = filter.map(str::to_owned);
    let step = |name, about, needs, runner, make: fn(Option<&str>) -> Result<Vec<Command>, String>| {
        let filter = owned.clone();
        let make = Box::new(move || Ok(numbered(name, make(filter.as_deref())?)));
        Step { name, group: "tests", about, needs, action: Action::Commands { make, runner, lanes: 1 } }
    };
    let in_lanes = |name, about, make: fn(Option<&str>) -> Result<Vec<Part>, String>| {
        let filter = owned.clone();
        let make = Box::new(move || make(filter.as_deref()));
        let action = Action::Commands { make, runner: Runner::Cargo, lanes: LANES };
        Step { name, group: "tests", about, needs: &["packages", "build"], action }
    };
    vec![
        step("web-check", "types of the browser client", &["npm"], Runner::None, |_| {
            Ok(vec![npm("web", ["run", "check"])])
        }),
        step("web", "unit tests of the browser client", &["npm"], Runner::Vitest, |filter| {
            let mut command = npm("web", ["test", "--"]);
            command.args(filter.map(|filter| ["--testNamePattern", filter]).into_iter().flatten());
            Ok(vec![command])
        }),
        in_lanes("unit", "unit and property tests of the crates", unit),
        in_lanes("system", "the real server with clients in Rust", system),
        step("interop", "the real socket.io-client in Node", &["packages", "build"], Runner::Node, interop),
        step(
            "clients",
            "the engine with socket.io-client of several versions",
            &["packages", "build"],
            Runner::Node,
            |filter| node_tests("clients", filter),
        ),
        step("browser", "people in Chromium", &["packages", "build"], Runner::Node, |filter| {
            node_tests("browser", filter)
        }),
    ]
}

/// Everything of the workspace in one build, so that all steps use the same features of every dependency.
fn build() -> Result<String, String> {
    let mut command = cargo(["build", "--quiet", "--workspace", "--all-targets"]);
    run::captured(&mut command).map(|_| "built".to_owned())
}

/// A step's commands with names for their logs.
fn numbered(step: &str, commands: Vec<Command>) -> Vec<Part> {
    let named = |(number, command)| Part { name: format!("{step}-{}", number + 1), command };
    commands.into_iter().enumerate().map(named).collect()
}

fn unit(filter: Option<&str>) -> Result<Vec<Part>, String> {
    let mut kinds = vec![("crates".to_owned(), vec!["--lib".to_owned(), "--bins".to_owned()])];
    kinds.extend(test_targets(|package| package != SYSTEM)?.into_iter().map(test_file));
    kinds.push(("examples".to_owned(), vec!["--doc".to_owned()]));
    let part = |(name, what)| {
        let mut part = cargo_test("unit", name, what, filter);
        // Whoever tests with servers mostly waits for them.
        part.command.env("RUST_TEST_THREADS", UNIT_THREADS);
        part
    };
    Ok(kinds.into_iter().map(part).collect())
}

fn system(filter: Option<&str>) -> Result<Vec<Part>, String> {
    let part = |name| {
        let (name, what) = test_file(name);
        let mut part = cargo_test("system", name, what, filter);
        part.command.env("CHINWAG_BIN", paths::server("debug"));
        part
    };
    Ok(test_targets(|package| package == SYSTEM)?.into_iter().map(part).collect())
}

/// What names a file of integration tests.
fn test_file(name: String) -> (String, Vec<String>) {
    let what = vec!["--test".to_owned(), name.clone()];
    (name, what)
}

/// `cargo test` of `what` in the whole workspace.
fn cargo_test(step: &str, name: String, what: Vec<String>, filter: Option<&str>) -> Part {
    let mut command = cargo(["test", "--workspace", "--no-fail-fast"]);
    command.args(what);
    command.args(filter.map(|filter| ["--", filter]).into_iter().flatten());
    Part { name: format!("{step}-{name}"), command }
}

/// The names of the integration tests of the packages that `wanted` picks. They are named one by one, with
/// `--workspace`, because picking packages instead would change the features that dependencies are built with.
fn test_targets(wanted: fn(&str) -> bool) -> Result<Vec<String>, String> {
    let printed = run::captured(&mut cargo(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value =
        serde_json::from_str(&printed).map_err(|error| format!("cargo metadata printed no JSON: {error}"))?;
    let packages = metadata.get("packages").and_then(Value::as_array).into_iter().flatten();
    Ok(packages
        .filter(|package| package.get("name").and_then(Value::as_str).is_some_and(wanted))
        .filter_map(|package| package.get("targets")?.as_array())
        .flatten()
        .filter(|target| target.pointer("/kind/0").and_then(Value::as_str) == Some("test"))
        .filter_map(|target| Some(target.get("name")?.as_str()?.to_owned()))
        .collect())
}

fn node_tests(folder: &str, filter: Option<&str>) -> Result<Vec<Command>, String> {
    let path = paths::root().join("tests/node").join(folder);
    let files: Vec<PathBuf> = sources::under(&path, "js")?
        .into_iter()
        .map(|file| paths::root().join(file.path))
        .filter(|path| path.to_string_lossy().ends_with(".test.js"))
        .collect();
    let mut command = node("tests/node");
    // One file after another: each starts a server and some a browser, and the machine may have two cores.
    command.args(["--test", "--test-reporter=spec", "--test-concurrency=1"]);
    // A test that hangs fails by itself, and what a failed test left open does not keep its file from ending.
    command.args(["--test-timeout=120000", "--test-force-exit"]);
    if let Some(filter) = filter {
        command.arg(format!("--test-name-pattern={filter}"));
    }
    command.args(files).env("CHINWAG_BIN", paths::server("debug"));
    command.env("CHINWAG_EXAMPLES", paths::examples("debug"));
    Ok(vec![command])
}

/// With an empty database of PostgreSQL for nodes that share one.
fn interop(filter: Option<&str>) -> Result<Vec<Command>, String> {
    let database = Postgres::shared().new_database()?;
    let mut commands = node_tests("interop", filter)?;
    for command in &mut commands {
        command.env("CHINWAG_TEST_DATABASE", &database);
    }
    Ok(commands)
}

/// The steps and their groups, for `--help`.
pub(crate) fn help() -> String {
    let mut text = String::new();
    for step in all(None) {
        text.push_str(&format!("  {:<10} {}\n", step.name, step.about));
    }
    text.push_str("  lint       formatting, lints and rules together\n");
    text.push_str("  tests      everything that runs tests\n");
    text
}
