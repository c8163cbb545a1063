//! The whole product: posts in one large room, through store, acknowledgement and fan-out, beside the engine alone.

use super::PRODUCT;
use super::runs::Bench;
use super::servers::Contender;
use crate::bench::cores::Place;
use crate::bench::folder::Folder;
use crate::bench::load::{Load, Measured};
use crate::bench::table::{self, Line, thousands};
use crate::server::Server;

/// People in the room.
const PEOPLE: u32 = 1_000;
/// How many of them post.
const POSTERS: u32 = 32;

/// Measures once, since everybody needs an account first, and prints.
pub(super) fn measure(bench: &mut Bench) -> Result<(), String> {
    let folder = Folder::of("engine");
    println!("{PRODUCT}: {PEOPLE} people come into one room");
    let (product, cpu) = posts(bench, &folder.fresh("product")?)?;
    bench.keep(PRODUCT, 1, &product)?;
    let (rate, deliveries) = (product.number("posts_per_s")?, product.number("delivered")?);
    let cpu = cpu * 1e6 / deliveries;
    println!("{PRODUCT}: the engine alone at {rate} messages/s");
    let engine = engine(bench, rate)?;
    let line = |figure: &str, ours: String, other: String, ratio| Line {
        figure: figure.to_owned(),
        ours,
        other,
        ratio,
        target: "",
        met: None,
    };
    let seconds = |seconds: f64| format!("{seconds:.3} s");
    let milliseconds = |micros: f64| format!("{:.2} ms", micros / 1_000.0);
    let alone = engine.number("cpu_s_per_million")?;
    let lines = [
        line(
            "posts/s, stored and acknowledged, by 32 of 1,000 people in a room",
            thousands(rate),
            String::new(),
            None,
        ),
        line(
            "deliveries/s",
            thousands(product.number("deliveries_per_s")?),
            thousands(rate * f64::from(PEOPLE)),
            None,
        ),
        line("CPU per million deliveries", seconds(cpu), seconds(alone), Some(cpu / alone)),
        line("p50 of an acknowledgement", milliseconds(product.number("ack_p50_us")?), String::new(), None),
        line("p99 of an acknowledgement", milliseconds(product.number("ack_p99_us")?), String::new(), None),
        line(
            "p99 of a delivery",
            milliseconds(product.number("delivery_p99_us")?),
            milliseconds(engine.number("p99_us")?),
            None,
        ),
    ];
    table::print(["figure", "Chinwag as it ships", "the engine alone, as fast", "target"], &lines);
    Ok(())
}

/// People post as fast as they are acknowledged: the figures, and the server's processor time meanwhile.
fn posts(bench: &Bench, folder: &std::path::Path) -> Result<(Measured, f64), String> {
    let server = bench.cores.at(Place::Server, || Server::start(folder))?;
    let load = Load {
        kind: "chinwag",
        clients: PEOPLE,
        rooms: 1,
        posters: Some(POSTERS),
        seconds: bench.options.seconds,
        ..Load::default()
    };
    let begun = bench.cores.at(Place::Load, || load.begin(&server.address))?;
    let before = server.metric("process_cpu_seconds_total")?;
    let measured = begun.end()?;
    let cpu = server.metric("process_cpu_seconds_total")? - before;
    server.stop()?;
    // Not made again if it is inexact: everybody would need a new account.
    Ok((measured.exact()?, cpu))
}

fn engine(bench: &mut Bench, rate: f64) -> Result<Measured, String> {
    let arguments = format!(
        "--mode rate --members {PEOPLE} --senders {POSTERS} --rate {rate} --seconds {}",
        bench.options.seconds
    );
    let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
    bench.run(PRODUCT, 1, Contender::Chinwag, (Place::Server, Place::Load), &arguments)
}
