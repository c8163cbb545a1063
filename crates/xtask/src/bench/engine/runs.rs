//! One run of the load generator against one server, and where its figures are kept.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::figures::Job;
use super::options::Options;
use super::program::Program;
use super::servers::Contender;
use crate::bench::cores::{Cores, Place};
use crate::bench::load::{self, Failed, Measured};
use crate::paths;

/// What all runs share.
pub(super) struct Bench {
    pub(super) options: Options,
    pub(super) cores: Cores,
    contenders: Vec<Contender>,
    raw: File,
    raw_path: PathBuf,
}

impl Bench {
    /// Opens the file of raw figures and says how the cores are shared.
    pub(super) fn new(options: Options, contenders: Vec<Contender>) -> Result<Self, String> {
        let cores = Cores::find()?;
        if !cores.are_apart() {
            println!(
                "there is one core only: servers and load generator share it, and figures of time mean little"
            );
        }
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let folder = paths::target().join("xtask");
        let raw_path = folder.join(format!("engine-{seconds}.jsonl"));
        let failed = |error| format!("cannot write {}: {error}", raw_path.display());
        fs::create_dir_all(&folder).map_err(failed)?;
        let raw = File::options().create(true).append(true).open(&raw_path).map_err(failed)?;
        Ok(Self { options, cores, contenders, raw, raw_path })
    }

    /// Everybody who takes part.
    pub(super) fn contenders(&self) -> &[Contender] {
        &self.contenders
    }

    /// Whether that server is here.
    pub(super) fn takes_part(&self, contender: Contender) -> bool {
        self.contenders.contains(&contender)
    }

    /// Where the raw figures are.
    pub(super) fn raw_path(&self) -> &Path {
        &self.raw_path
    }

    /// A run of a job, each on a core of its own.
    pub(super) fn job(&mut self, job: &Job, contender: Contender, round: u32) -> Result<Measured, String> {
        let arguments = job.arguments(&self.options);
        self.run(job.name, round, contender, (Place::Server, Place::Load), &arguments)
    }

    /// A run against a fresh server, made again if it was inexact. `places` are the server's and the load generator's.
    pub(super) fn run(
        &mut self,
        name: &str,
        round: u32,
        contender: Contender,
        (server, load): (Place, Place),
        arguments: &[String],
    ) -> Result<Measured, String> {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let cores = &self.cores;
        let measured = load::exact(|| -> Result<Measured, Failed> {
            let program = Program::start(contender, cores, server)?;
            cores.at(load, || load::broadcast(&arguments, contender.name(), &program.address(), program.id()))
        })?;
        self.keep(name, round, &measured)?;
        Ok(measured)
    }

    /// Keeps raw figures.
    pub(super) fn keep(&mut self, name: &str, round: u32, measured: &Measured) -> Result<(), String> {
        let line = measured.line(&[("job", json!(name)), ("round", json!(round))]);
        writeln!(self.raw, "{line}")
            .map_err(|error| format!("cannot write {}: {error}", self.raw_path.display()))
    }
}
