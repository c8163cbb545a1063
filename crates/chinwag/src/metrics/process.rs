//! What the process takes, under the names that Prometheus knows for every process.

use std::fs;
use std::time::SystemTime;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;
use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

#[cfg(test)]
mod tests;

/// Looked up whenever somebody asks.
#[derive(Debug)]
pub(super) struct Process {
    /// Seconds since 1970.
    started: f64,
}

impl Process {
    /// To be called at the start.
    pub(super) fn new() -> Self {
        let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { started: started.as_secs_f64() }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let mut gauge = |name: &str, help: &str, unit: Option<&Unit>, value: f64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, unit, gauge.metric_type())?)
        };
        gauge("process_start_time", "When it started, since 1970.", Some(&Unit::Seconds), self.started)?;
        // What the system does not tell is left out.
        if let Some(bytes) = resident_bytes() {
            gauge("process_resident_memory", "Memory that it holds.", Some(&Unit::Bytes), bytes)?;
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            // The list itself is one of them.
            let open = open.count().saturating_sub(1);
            gauge("process_open_fds", "Open descriptors.", None, lossy(open as u64))?;
        }
        if let Some(most) = getrlimit(Resource::Nofile).current {
            gauge("process_max_fds", "Descriptors that it may have open.", None, lossy(most))?;
        }
        let used = clock_gettime(ClockId::ProcessCPUTime);
        #[expect(clippy::cast_precision_loss, reason = "whole seconds of work stay far below 2^52")]
        let seconds = used.tv_sec as f64 + used.tv_nsec as f64 / 1e9;
        let counter = ConstCounter::new(seconds);
        let help = "Time that it has worked, on all cores together.";
        counter.encode(encoder.encode_descriptor(
            "process_cpu",
            help,
            Some(&Unit::Seconds),
            counter.metric_type(),
        )?)
    }
}

fn resident_bytes() -> Option<f64> {
    let sizes = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = sizes.split_whitespace().nth(1)?.parse().ok()?;
    Some(lossy(pages * rustix::param::page_size() as u64))
}

/// A size as Prometheus keeps all numbers.
#[expect(clippy::cast_precision_loss, reason = "it is for a graph")]
fn lossy(size: u64) -> f64 {
    size as f64
}
