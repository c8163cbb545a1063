use super::Options;

const NAMES: &[&str] = &["one", "full", "many"];

fn parse(arguments: &str) -> Result<Options, String> {
    let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
    Options::parse(&arguments, NAMES, &["one", "full"])
}

#[test]
fn arguments_come_in_any_order() {
    let options = parse("only=full,many rounds=5 quick").unwrap();
    assert_eq!((options.rounds, options.seconds, options.quick), (5, 1, true));
    assert!(options.wants("many") && options.wants("full") && !options.wants("one"));
    let options = parse("plot").unwrap();
    assert!(options.plot && options.wants("one") && !options.names("one"));
    assert_eq!((options.rounds, options.seconds, options.minute()), (3, 4, 60));
}

#[test]
fn what_is_unknown_is_refused_with_the_names() {
    for wrong in ["only=other", "only=full,other", "only=", "rounds=0", "rounds=x", "fast", "fast=1"] {
        assert!(parse(wrong).unwrap_err().contains("one, full, many"), "{wrong}");
    }
}

#[test]
fn a_part_is_not_drawn() {
    assert!(parse("plot quick").is_err());
    assert!(parse("plot only=one,many").is_err());
    assert!(parse("plot only=full,one").unwrap().plot);
}
