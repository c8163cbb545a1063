use std::time::Duration;

use chinwag_model::{Nonce, RoomId, UserId};
use uuid::Uuid;

use super::{SlashCommand, among, name, read};

fn charge() -> SlashCommand {
    SlashCommand {
        word: "charge".to_owned(),
        help: "Charges a card".to_owned(),
        queue: "charge".to_owned(),
        patience: Duration::from_secs(1),
    }
}

#[test]
fn only_what_is_listed_is_a_command() {
    let commands = [charge()];
    let text = |text| among(&commands, text).map(|called| called.text.to_owned());
    assert_eq!(text("/charge 12.50").as_deref(), Some("12.50"));
    assert_eq!(text("/charge").as_deref(), Some(""));
    assert_eq!(text("/charge\n 1\n2 ").as_deref(), Some("1\n2"));
    for message in
        ["charge 12.50", "/charger", "/Charge", " /charge", "//charge", "/", "", "/etc/hosts", "/charge/1"]
    {
        assert_eq!(text(message), None, "{message:?}");
    }
}

#[test]
fn each_question_has_its_own_name() {
    let (room, user) = (RoomId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
    let (one, two) = (Nonce::parse("1".to_owned()).unwrap(), Nonce::parse("2".to_owned()).unwrap());
    let first = name(room, user, &one, "charge", "12");
    assert_eq!(first, name(room, user, &one, "charge", "12"));
    let others = [
        name(RoomId(Uuid::nil()), user, &one, "charge", "12"),
        name(room, UserId(Uuid::nil()), &one, "charge", "12"),
        name(room, user, &two, "charge", "12"),
        name(room, user, &one, "charge1", "2"),
        name(room, user, &one, "charge", "1"),
    ];
    assert!(others.iter().all(|other| *other != first));
}

#[test]
fn an_answer_says_what_was_done_or_why_not() {
    assert_eq!(read(br#"{"text": "Charged! Thanks!"}"#), Some(Ok("Charged! Thanks!".to_owned())));
    assert_eq!(read(br#"{"error": "No such card."}"#), Some(Err("No such card.".to_owned())));
    let none: [&[u8]; 6] =
        [b"", b"yes", b"{}", br#"{"text": ""}"#, br#"{"text": "a", "error": "b"}"#, b"[\"a\"]"];
    for answer in none {
        assert_eq!(read(answer), None, "{}", String::from_utf8_lossy(answer));
    }
}
