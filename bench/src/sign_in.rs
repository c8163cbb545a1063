//! Clients sign in, again and again, as fast as they are let in.

use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;
use uuid::Uuid;

use crate::http::Http;
use crate::{Fault, percentile};

const PASSWORD: &str = "correct horse battery";

#[derive(Args)]
pub(crate) struct Arguments {
    /// Where Chinwag listens.
    #[arg(long)]
    address: String,
    /// How many clients sign in at once, each to an account of its own.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// How long.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<(), Fault> {
    let run = Uuid::new_v4().simple().to_string();
    let mut clients = Vec::new();
    for client in 0..arguments.clients {
        let mut http = Http::connect(&arguments.address).await?;
        let given = json!({"name": format!("signer {client} {}", &run[..12]), "password": PASSWORD});
        http.ask("POST", "/api/v1/account", &given).await?;
        clients.push((http, given));
    }
    // Whoever counts messages is not to count those that say who came.
    println!("{}", json!({"ready": true}));
    let begun = Instant::now();
    let end = begun + Duration::from_secs_f64(arguments.seconds);
    let signing = clients.into_iter().map(|(mut http, given)| async move {
        let mut took = Vec::new();
        while Instant::now() < end {
            let asked = Instant::now();
            http.ask("POST", "/api/v1/session", &given).await?;
            took.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
        Ok::<_, Fault>(took)
    });
    let mut took: Vec<u32> =
        futures_util::future::try_join_all(signing).await?.into_iter().flatten().collect();
    let seconds = begun.elapsed().as_secs_f64();
    took.sort_unstable();
    println!(
        "{}",
        json!({
            "sign_ins": took.len(),
            "sign_ins_per_s": took.len() as f64 / seconds,
            "p50_us": percentile(&took, 0.5),
            "p99_us": percentile(&took, 0.99),
        })
    );
    Ok(())
}
