use super::*;
use crate::bench::engine::servers::EVERYBODY;

/// The CPU time of some rounds of the job `one` or `full`.
fn results(runs: &[(&str, Contender, u32, f64)]) -> Results {
    let mut results = Results::default();
    for (name, contender, round, seconds) in runs {
        let job = JOBS.iter().find(|job| job.name == *name).unwrap();
        let measured = Measured::of(serde_json::json!({"cpu_s_per_million": seconds}));
        results.add(job, *contender, *round, measured);
    }
    results
}

#[test]
fn ratios_are_of_rounds_and_not_of_medians() {
    let results = results(&[
        ("one", Contender::Chinwag, 1, 5.0),
        ("one", Contender::Ceiling, 1, 4.0),
        // The machine was slow in this round, for both.
        ("one", Contender::Chinwag, 2, 10.0),
        ("one", Contender::Ceiling, 2, 10.0),
        ("one", Contender::Chinwag, 3, 6.0),
        ("one", Contender::Ceiling, 3, 5.0),
        // Nothing to compare with.
        ("one", Contender::Chinwag, 4, 1.0),
        ("full", Contender::Ceiling, 4, 1.0),
    ]);
    let ratio = results.ratio("one", "cpu_s_per_million", Contender::Chinwag, Contender::Ceiling).unwrap();
    assert!((ratio - 1.2).abs() < 1e-9, "{ratio}");
    assert_eq!(results.ratio("one", "cpu_s_per_million", Contender::Chinwag, Contender::Node), None);
    assert_eq!(results.median("one", Contender::Ceiling, "cpu_s_per_million"), Some(5.0));
    assert_eq!(results.median("one", Contender::Ceiling, "p99_us"), None);
}

#[test]
fn a_figure_has_a_row_for_each_target() {
    let results = results(&[
        ("full", Contender::Chinwag, 1, 0.6),
        ("full", Contender::Ceiling, 1, 0.5),
        ("full", Contender::Socketioxide, 1, 1.0),
    ]);
    let job = JOBS.iter().find(|job| job.name == "full").unwrap();
    let rows = results.rows(job, job.figures.first().unwrap(), EVERYBODY);
    let cells: Vec<Vec<&str>> =
        rows.iter().map(|row| row.iter().skip(1).map(String::as_str).collect()).collect();
    assert_eq!(
        cells,
        [
            vec!["0.600 s", "0.500 s", "1.000 s", "–", "1.20 × ceiling", "≤ 1.4 × ceiling", "yes"],
            vec!["", "", "", "", "socketioxide ÷ 1.7", "≤ socketioxide ÷ 2", "NO"],
            vec!["", "", "", "", "–", "≤ Node ÷ 18", "–"],
        ]
    );
}
