use super::*;

fn password(text: &str) -> Password {
    Password::parse(text.into()).unwrap()
}

#[tokio::test]
async fn a_password_fits_its_own_hash_only() {
    let passwords = Passwords::new(Workers::start("test", 1).unwrap());
    let hash = passwords.hash(password("correct horse")).await.unwrap();
    assert!(hash.starts_with("$argon2id$"));
    assert!(passwords.check(password("correct horse"), Some(hash.clone())).await.unwrap());
    assert!(!passwords.check(password("Correct horse"), Some(hash)).await.unwrap());
    assert!(!passwords.check(password("correct horse"), None).await.unwrap());
}

/// A wrong name must take as long as a wrong password, so both must cost the same.
#[test]
fn nobodys_hash_has_todays_parameters() {
    let nobody = PasswordHash::new(NOBODY).unwrap();
    let today = Argon2::default().hash_password(b"x").unwrap();
    assert_eq!(nobody.params.to_string(), today.params.to_string());
    assert_eq!(nobody.algorithm, today.algorithm);
    assert_eq!(nobody.hash.unwrap().as_bytes().len(), today.hash.unwrap().as_bytes().len());
}

#[tokio::test]
async fn a_hash_of_yesterday_is_outdated() {
    let passwords = Passwords::new(Workers::start("test", 1).unwrap());
    let today = passwords.hash(password("correct horse")).await.unwrap();
    assert!(!Passwords::is_outdated(&today));
    assert!(Passwords::is_outdated(&today.replace("m=19456", "m=4096")));
    assert!(Passwords::is_outdated(&today.replace("t=2", "t=1")));
    assert!(!Passwords::is_outdated("no hash at all"));
}

#[tokio::test]
async fn each_character_counts_and_each_hash_has_a_salt_of_its_own() {
    let passwords = Passwords::new(Workers::start("test", 1).unwrap());
    let long = "tq7-xm2-vk".repeat(100);
    let hash = passwords.hash(password(&long)).await.unwrap();
    let cut: String = long.chars().take(999).collect();
    let other_end = format!("{cut}j");
    assert!(!passwords.check(password(&other_end), Some(hash.clone())).await.unwrap());
    assert!(!passwords.check(password(&cut), Some(hash.clone())).await.unwrap());
    let again = passwords.hash(password(&long)).await.unwrap();
    assert_ne!(hash, again);
    assert_eq!(PasswordHash::new(&hash).unwrap().salt.unwrap().as_ref().len(), 16);
}
