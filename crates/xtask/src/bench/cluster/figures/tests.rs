use serde_json::json;

use super::*;

fn run(nodes: f64, redis: f64, postgres: f64) -> Run {
    Run { nodes, redis, postgres, ..Run::default() }
}

#[test]
fn a_run_has_the_parts_of_its_system() {
    let measured = Measured::of(json!({
        "window_deliveries_per_s": 5.0, "window_nodes_us": 1.0, "window_redis_us": 0.5, "window_postgres_us": 0.25,
        "window_messages_per_frame": 4.0, "window_load_cores": 0.75,
        "delivery_p50_us": 1000, "delivery_p99_us": 2000,
    }));
    assert!((Run::read(&measured, System::Chinwag, 0.0).unwrap().total() - 1.75).abs() < f64::EPSILON);
    assert!((Run::read(&measured, System::Node, 0.0).unwrap().total() - 1.5).abs() < f64::EPSILON);
    let lacking = Measured::of(json!({"window_deliveries_per_s": 5.0, "window_nodes_us": null}));
    assert!(Run::read(&lacking, System::Node, 0.0).unwrap_err().contains("window_nodes_us"));
}

#[test]
fn rounds_are_compared_one_by_one() {
    // The second round was disturbed as a whole.
    let ours = [run(1.0, 0.0, 0.0), run(8.0, 0.0, 0.0), run(2.0, 0.0, 0.0)];
    let other = [run(2.0, 0.0, 0.0), run(16.0, 0.0, 0.0), run(4.0, 0.0, 0.0)];
    let line = line(String::new(), &ours, &other, Run::total, Some(("", 0.5)));
    assert!(line.ratio.is_some_and(|ratio| (ratio - 0.5).abs() < f64::EPSILON));
    assert_eq!(line.met, Some(true));
}

#[test]
fn targets_count_all_processes() {
    let mut results = Results::default();
    for (nodes, postgres) in [(1, 0.1), (2, 0.2), (3, 0.8)] {
        results.add(System::Chinwag, nodes, run(0.8, 0.1, postgres));
        results.add(System::Node, nodes, run(8.0, 0.1 * nodes as f64, 0.0));
    }
    let lines = results.lines();
    let met: Vec<_> = lines.iter().filter_map(|line| Some((line.figure.as_str(), line.met?))).collect();
    let expected = [
        ("Chinwag beside Node, 1 node", true),
        ("Chinwag beside Node, 2 nodes", true),
        ("Chinwag beside Node, 3 nodes", false),
        ("Chinwag, 2 nodes beside one less", true),
        ("Chinwag, 3 nodes beside one less", false),
    ];
    assert_eq!(met, expected);
    let without = lines.last().unwrap();
    assert_eq!(without.figure, "Chinwag without PostgreSQL, 3 nodes beside one less");
    assert!(without.ratio.is_some_and(|ratio| (ratio - 1.0).abs() < f64::EPSILON));
}
