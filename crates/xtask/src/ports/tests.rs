use super::*;

#[test]
fn two_claims_never_meet_and_a_claim_ends_with_its_port() {
    let (one, other) = (Port::claim().unwrap(), Port::claim().unwrap());
    assert_ne!(one.number(), other.number());
    let claim = one.claim.clone();
    assert!(claim.exists());
    drop(one);
    assert!(!claim.exists());
}

#[test]
fn a_claim_of_a_process_that_has_ended_is_cleared_away() {
    let folder = std::env::temp_dir().join(format!("chinwag-ports-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    // Above the kernel's largest process id.
    fs::write(folder.join("20000"), "4194305").unwrap();
    fs::write(folder.join("20001"), std::process::id().to_string()).unwrap();
    clear_away_stale(&folder).unwrap();
    let left = (folder.join("20000").exists(), folder.join("20001").exists());
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(left, (false, true));
}
