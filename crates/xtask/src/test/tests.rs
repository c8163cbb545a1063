use super::*;

fn chosen(arguments: &[&str]) -> Vec<&'static str> {
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    let wanted = parse(&arguments).unwrap();
    steps::all(None).iter().filter(|step| wanted.has(step)).map(|step| step.name).collect()
}

#[test]
fn a_step_brings_what_it_needs() {
    assert_eq!(chosen(&["fmt"]), ["fmt"]);
    assert_eq!(chosen(&["lint"]), ["tools", "npm", "fmt", "clippy", "fuzz", "rules"]);
    assert_eq!(chosen(&["browser"]), ["tools", "packages", "npm", "build", "browser"]);
}

#[test]
fn every_need_comes_before_who_needs_it() {
    let all = steps::all(None);
    for (at, step) in all.iter().enumerate() {
        for need in step.needs {
            assert!(all.iter().position(|other| other.name == *need).is_some_and(|before| before < at));
        }
    }
}

#[test]
fn an_unknown_step_is_refused() {
    assert!(parse(&["lnit".to_owned()]).is_err_and(|error| error.contains("browser")));
}
