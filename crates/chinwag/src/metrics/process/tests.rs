use prometheus_client::encoding::text;

use crate::metrics::registry;

#[test]
fn the_process_is_described_as_prometheus_expects() {
    let mut page = String::new();
    text::encode(&mut page, &registry()).unwrap();
    let value = |name: &str| -> f64 {
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} is missing: {page}")).parse().unwrap()
    };
    assert!(value("process_resident_memory_bytes") > 1e5);
    assert!(value("process_open_fds") >= 3.0 && value("process_open_fds") <= value("process_max_fds"));
    assert!(value("process_start_time_seconds") > 1.6e9);
    assert!(value("process_cpu_seconds_total") >= 0.0);
    assert!(page.contains("chinwag_build_info{version="), "{page}");
}
