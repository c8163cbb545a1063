//! What was asked for, what was answered and what is stored.

use super::*;

#[test]
fn an_unanswered_command_may_be_stored_or_not() {
    assert_eq!(check(&[with(&[sent("4", &post("lost"))])], &stored()), []);
    let unknown = [sent("4", &post("lost")), answered("4", Answer::Unknown)];
    assert_eq!(check(&[with(&unknown)], &stored()), []);
    let mut unanswered = good();
    unanswered.events.retain(|event| !matches!(event, Event::Answered { nonce, .. } if nonce == "2"));
    assert_eq!(check(&[unanswered], &stored()), []);
}

#[test]
fn acknowledged_and_missing() {
    finds!(with(&[sent("4", &post("three")), done("4", 5)]), stored(), Fault::Missing { .. });
    let mut other = stored();
    other.messages.get_mut(ROOM).unwrap().get_mut(&3).unwrap().text = Some("not that".to_owned());
    finds!(good(), other, Fault::Missing { .. });
    let mut theirs = stored();
    theirs.messages.get_mut(ROOM).unwrap().get_mut(&3).unwrap().author = "bob".to_owned();
    finds!(good(), theirs, Fault::Missing { .. });
}

#[test]
fn an_edit_a_deletion_and_memberships_that_are_missing() {
    let mut unedited = stored();
    let message = unedited.messages.get_mut(ROOM).unwrap().get_mut(&2).unwrap();
    message.text = Some("one".to_owned());
    finds!(good(), unedited, Fault::Missing { .. });
    let room = ROOM.to_owned();
    let delete = Command::Delete { room: room.clone(), seq: 3 };
    finds!(with(&[sent("4", &delete), done("4", 5)]), stored(), Fault::Missing { .. });
    for command in [
        Command::Join { room: room.clone() },
        Command::Leave { room: room.clone() },
        Command::Remove { room, user: "bob".to_owned() },
    ] {
        finds!(with(&[sent("4", &command), done("4", 3)]), stored(), Fault::Missing { .. });
    }
    let create = Command::CreateRoom { name: "Shed".to_owned() };
    let made = Answer::Done { rev: 1, repeated: false, room: Some("shed".to_owned()) };
    finds!(with(&[sent("4", &create), answered("4", made)]), stored(), Fault::Missing { .. });
}

#[test]
fn refused_and_stored_all_the_same() {
    let mut refused = good();
    refused.events.retain(|event| !matches!(event, Event::Answered { nonce, .. } if nonce == "2"));
    let mut twice = refused.clone();
    refused.events.push(answered("2", Answer::Refused("not_a_member".to_owned())));
    finds!(refused, stored(), Fault::StoredAllTheSame { .. });
    // Nothing was stored by either of the two tries, they say.
    twice.events.extend([answered("2", Answer::NotStored), answered("2", Answer::NotStored)]);
    finds!(twice, stored(), Fault::StoredAllTheSame { .. });
}

#[test]
fn stored_by_a_try_that_was_denied() {
    let again = Answer::Done { rev: 2, repeated: true, room: None };
    let tried = |first: Answer| {
        let mut history = good();
        let at = history.events.iter().position(|event| matches!(event, Event::Answered { .. })).unwrap();
        let next = [answered("1", first), sent("1", &post("one")), answered("1", again.clone())];
        history.events.splice(at..=at, next);
        history
    };
    finds!(tried(Answer::NotStored), stored(), Fault::StoredAllTheSame { .. });
    assert_eq!(check(&[tried(Answer::Unknown)], &stored()), []);
}

#[test]
fn answered_differently() {
    finds!(with(&[sent("1", &post("one")), done("1", 3)]), stored(), Fault::AnsweredDifferently { .. });
    let refused = answered("1", Answer::Refused("not_a_member".to_owned()));
    finds!(with(&[sent("1", &post("one")), refused]), stored(), Fault::AnsweredDifferently { .. });
}

#[test]
fn stored_twice() {
    let mut twice = stored();
    let messages = twice.messages.get_mut(ROOM).unwrap();
    let copy = StoredMessage { rev: 5, ..messages[&3].clone() };
    messages.insert(5, copy);
    let stream = twice.streams.get_mut(ROOM).unwrap();
    stream.head = 5;
    stream.changes.push(StoredChange { rev: 5, target: Target::Message(5) });
    finds!(good(), twice, Fault::StoredTwice { .. });
    // Told by numbers where the texts are gone.
    for message in twice.messages.get_mut(ROOM).unwrap().values_mut() {
        (message.text, message.deleted) = (None, true);
    }
    finds!(good(), twice, Fault::TooMany { stored: 3, sent: 2, .. });
}

#[test]
fn two_commands_that_share_a_revision() {
    finds!(with(&[sent("4", &post("three")), done("4", 3)]), stored(), Fault::SharedRevision { rev: 3, .. });
}

/// Ann asks for this and is refused, for all her tries or in the end.
fn refusals(command: &Command) -> [History; 2] {
    let refused = [sent("4", command), answered("4", Answer::Refused("forbidden".to_owned()))];
    let not_stored = [
        sent("4", command),
        answered("4", Answer::NotStored),
        sent("4", command),
        answered("4", Answer::NotStored),
    ];
    [with(&refused), with(&not_stored)]
}

/// What was refused is told by what it does, where no text or name tells it.
#[test]
fn refused_and_done_all_the_same() {
    let room = ROOM.to_owned();
    let mut deleted = stored();
    let message = deleted.messages.get_mut(ROOM).unwrap().get_mut(&3).unwrap();
    (message.rev, message.text, message.deleted) = (5, None, true);
    let stream = deleted.streams.get_mut(ROOM).unwrap();
    stream.changes.push(StoredChange { rev: 5, target: Target::Message(3) });
    stream.head = 5;
    // A text that another has taken the place of.
    let mut edited = deleted.clone();
    let message = edited.messages.get_mut(ROOM).unwrap().get_mut(&3).unwrap();
    (message.text, message.deleted) = (Some("two, edited".to_owned()), false);
    let superseded = Command::Edit { room: room.clone(), seq: 3, text: "two, edited once".to_owned() };
    let mut gone = stored();
    turn(&mut gone, "ann", 5, 2);
    let mut back = gone.clone();
    turn(&mut back, "ann", 6, 3);
    let leave = [sent("3b", &Command::Leave { room: room.clone() }), done("3b", 5)];

    for (before, command, after) in [
        (&[][..], Command::Delete { room: room.clone(), seq: 3 }, &deleted),
        (&[], superseded, &edited),
        (&[], Command::Leave { room: room.clone() }, &gone),
        (&[], Command::Remove { room: room.clone(), user: "ann".to_owned() }, &gone),
        (&leave, Command::Join { room }, &back),
    ] {
        for mut refused in refusals(&command) {
            refused.picture = None;
            refused.events.extend_from_slice(before);
            finds!(refused, *after, Fault::StoredAllTheSame { .. });
            let mut open = with(before);
            open.picture = None;
            open.events.push(sent("4", &command));
            assert!(!check(&[open], after).iter().any(|fault| matches!(fault, Fault::NobodyAsked { .. })));
        }
    }
}

#[test]
fn what_nobody_asked_for() {
    let mut gone = stored();
    turn(&mut gone, "ann", 5, 2);
    finds!(good(), gone, Fault::NobodyAsked { .. });
    let mut unasked = good();
    unasked.events.retain(|event| !matches!(event, Event::Sent { nonce, .. } if nonce == "3"));
    finds!(unasked.clone(), stored(), Fault::NobodyAsked { .. });
    // Somebody else may have done it, who has no history.
    let mut theirs = stored();
    turn(&mut theirs, "bob", 5, 1);
    unasked.picture = None;
    let faults = check(&[unasked], &theirs);
    assert!(!faults.iter().any(|fault| matches!(fault, Fault::NobodyAsked { .. })), "{faults:?}");
}

#[test]
fn shown_or_stored_and_never_said() {
    // Only one client was shown the first version, which has gone since.
    let show = |text: &str| with(&[Event::Connected, Event::Heard(frame(1, &[message(2, 2, text)]))]);
    let shown_first = |history: &mut History, text: &str| {
        for event in &mut history.events {
            if let Event::Heard(frame) = event
                && let Thing::Message(message) = &mut frame.changes[0].thing
                && message.seq == 2
            {
                message.text = Some(text.to_owned());
            }
        }
    };
    for text in ["never said", "two", "one, edited"] {
        let mut history = show("one");
        shown_first(&mut history, text);
        finds!(history, stored(), Fault::NeverSaid { seq: 2, rev: 2, .. });
    }
    assert_eq!(check(&[show("one")], &stored()), []);
    // An edit of another message, and a version that is stored and was shown to nobody.
    let mut elsewhere = good();
    for event in &mut elsewhere.events {
        if let Event::Sent { command: Command::Edit { seq, .. }, .. } = event {
            *seq = 3;
        }
    }
    finds!(elsewhere, stored(), Fault::NeverSaid { seq: 2, rev: 4, .. });
    let mut unseen = stored();
    unseen.messages.get_mut(ROOM).unwrap().get_mut(&3).unwrap().text = Some("not hers".to_owned());
    finds!(good(), unseen, Fault::NeverSaid { seq: 3, rev: 3, .. });
}
