use super::Options;

fn parse(arguments: &[&str]) -> Result<Options, String> {
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    Options::parse(&arguments)
}

#[test]
fn arguments_are_numbers_from_one() {
    assert_eq!(parse(&[]), Ok(Options { rounds: 3, seconds: 5 }));
    assert_eq!(parse(&["seconds=2", "rounds=1"]), Ok(Options { rounds: 1, seconds: 2 }));
    for wrong in ["rounds=0", "rounds", "seconds=x", "nodes=2"] {
        assert!(parse(&[wrong]).unwrap_err().contains("rounds=N and seconds=N"), "{wrong}");
    }
}
