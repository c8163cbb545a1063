//! The Chinwag binary: command line, configuration, composition.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use chinwag_live::memory::MemoryLive;
use chinwag_server::{Application, Settings};
use chinwag_store::sqlite::{Options, SqliteStore};
use clap::Parser;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Arguments {
    #[arg(long, env = "CHINWAG_LISTEN", default_value = "127.0.0.1:3000", value_delimiter = ',')]
    listen: Vec<String>,
    #[arg(long, env = "CHINWAG_DATA", default_value = "data")]
    data: PathBuf,
    #[arg(long, env = "CHINWAG_LIMITS_SIGN_IN_PER_MINUTE", default_value_t = 10)]
    sign_in_per_minute: u32,
    #[arg(long, env = "CHINWAG_LIMITS_ACCOUNTS_PER_HOUR", default_value_t = 30)]
    accounts_per_hour: u32,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("chinwag: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(Arguments::parse_from(std::env::args().filter(|word| word != "serve")))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chinwag: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let store = SqliteStore::open(&arguments.data, &Options::default())?;
    let live = MemoryLive::new();
    let mut registry = Registry::with_prefix("chinwag");
    let settings = Settings {
        sign_in_per_minute: arguments.sign_in_per_minute,
        accounts_per_hour: arguments.accounts_per_hour,
        ..Settings::default()
    };
    let maintained = Arc::clone(&store);
    tokio::spawn(async move { maintained.maintain().await });
    let application = Application::new(settings, store, live, &mut registry)?;
    let mut listeners = Vec::new();
    for address in &arguments.listen {
        let listener = TcpListener::bind(address).await?;
        println!("listening on http://{}", listener.local_addr()?);
        listeners.push(listener);
    }
    if let Some(path) = application.first_administrator_path().await? {
        let port = listeners[0].local_addr()?.port();
        println!("first administrator: http://localhost:{port}{path}");
    }
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let stop = async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {},
            _ = terminate.recv() => {},
        }
    };
    application.serve(listeners, stop).await?;
    Ok(())
}
