use super::*;

#[test]
fn every_entry_is_complete() {
    assert!(!programs().is_empty());
    for program in programs() {
        assert!(program.path.is_absolute(), "{program:?}");
        assert!(!program.package.is_empty(), "{program:?}");
    }
    for package in ["fonts-noto-cjk", "postgresql"] {
        assert!(packages().contains(&package.to_owned()), "{package}");
    }
}

#[test]
fn a_program_that_is_not_listed_is_refused() {
    assert_eq!(find("emacs"), Err(Refusal::NotListed("emacs".to_owned())));
    assert!(command("emacs").is_err_and(|refusal| refusal.to_string().contains("programs.json")));
}
