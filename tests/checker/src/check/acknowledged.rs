//! What was acknowledged is stored, what was refused is not, and one command has one answer.

use super::commands::{Asked, Fate};
use crate::fault::Fault;
use crate::history::{Answer, Command, Event, History};
use crate::stored::{Stored, StoredMessage, Target};

pub(super) fn check(history: &History, commands: &[Asked<'_>], stored: &Stored) -> Vec<Fault> {
    let mut faults = Vec::new();
    for asked in commands {
        match asked.fate() {
            Fate::Done(rev) if !is_there(history, asked, rev, stored) => {
                faults.push(Fault::Missing {
                    client: history.client.clone(),
                    what: format!("{:?} at {rev}", asked.command),
                });
            }
            Fate::NotDone if is_there_all_the_same(history, asked.command, stored) => {
                faults.push(Fault::StoredAllTheSame {
                    client: history.client.clone(),
                    what: format!("{:?}", asked.command),
                });
            }
            _ => {}
        }
        faults.extend(one_answer(history, asked));
        faults.extend(denied(history, asked));
    }
    faults.extend(rising(history, commands));
    faults
}

fn message<'a>(stored: &'a Stored, room: &str, seq: u64) -> Option<&'a StoredMessage> {
    stored.messages.get(room)?.get(&seq)
}

fn has_change(stored: &Stored, stream: &str, rev: u64, target: &Target) -> bool {
    let changes = stored.streams.get(stream).map(|stream| stream.changes.as_slice()).unwrap_or_default();
    changes.iter().any(|change| change.rev == rev && change.target == *target)
}

/// Whether a command that took effect at `rev` has left what it must.
fn is_there(history: &History, asked: &Asked<'_>, rev: u64, stored: &Stored) -> bool {
    match asked.command {
        Command::Post { room, text } => message(stored, room, rev).is_some_and(|message| {
            let as_posted = message.rev > rev || message.text.as_ref() == Some(text);
            message.author == history.user && message.is_text && as_posted
        }),
        Command::Edit { room, seq, text } => {
            let as_edited =
                |message: &StoredMessage| message.rev > rev || message.text.as_ref() == Some(text);
            has_change(stored, room, rev, &Target::Message(*seq))
                && message(stored, room, *seq).is_some_and(|message| message.rev >= rev && as_edited(message))
        }
        Command::Delete { room, seq } => {
            has_change(stored, room, rev, &Target::Message(*seq))
                && message(stored, room, *seq).is_some_and(|message| message.deleted)
        }
        Command::Join { room } | Command::Leave { room } => {
            has_change(stored, room, rev, &Target::Member(history.user.clone()))
        }
        Command::Remove { room, user } => has_change(stored, room, rev, &Target::Member(user.clone())),
        Command::CreateRoom { name } => asked.answers.iter().any(|answer| match answer {
            Answer::Done { room: Some(room), .. } => {
                stored.rooms.get(room).is_some_and(|stored| stored.name == *name)
            }
            _ => false,
        }),
    }
}

/// Whether something that was refused has been stored. Told by texts and names, of which there are no two alike.
fn is_there_all_the_same(history: &History, command: &Command, stored: &Stored) -> bool {
    match command {
        Command::Post { room, text } | Command::Edit { room, text, .. } => {
            let mut messages = stored.messages.get(room).into_iter().flatten();
            messages.any(|(_, message)| message.author == history.user && message.text.as_ref() == Some(text))
        }
        Command::CreateRoom { name } => stored.rooms.values().any(|room| room.name == *name),
        Command::Delete { .. } | Command::Join { .. } | Command::Leave { .. } | Command::Remove { .. } => {
            false
        }
    }
}

/// Once a command is told to be stored, every retry is told the same.
fn one_answer(history: &History, asked: &Asked<'_>) -> Option<Fault> {
    let mut decided = asked.answers.iter().filter(|answer| {
        // These say nothing about earlier tries.
        !matches!(answer, Answer::NotStored | Answer::Unknown)
    });
    let first = decided.find(|answer| matches!(answer, Answer::Done { .. }))?;
    let second = decided.find(|answer| !same(first, answer))?;
    Some(Fault::AnsweredDifferently {
        client: history.client.clone(),
        nonce: asked.nonce.to_owned(),
        first: format!("{first:?}"),
        second: format!("{second:?}"),
    })
}

/// Who was told of each try that nothing was changed by it is not told by the next that one of them was stored: of that
/// it must be said that it is not known.
fn denied(history: &History, asked: &Asked<'_>) -> Option<Fault> {
    let place = asked.answers.iter().position(|answer| matches!(answer, Answer::Done { .. }))?;
    let repeated = matches!(asked.answers.get(place), Some(Answer::Done { repeated: true, .. }));
    let mut before = asked.answers.iter().take(place);
    let denied = place > 0 && before.all(|answer| **answer == Answer::NotStored);
    let all_answered = asked.answers.len() == asked.tries;
    (repeated && denied && all_answered).then(|| Fault::StoredAllTheSame {
        client: history.client.clone(),
        what: format!("{:?}, as the next try tells,", asked.command),
    })
}

fn same(first: &Answer, second: &Answer) -> bool {
    match (first, second) {
        (Answer::Done { rev, room, .. }, Answer::Done { rev: other, room: other_room, .. }) => {
            rev == other && room == other_room
        }
        _ => false,
    }
}

/// What a client posts after an acknowledgement, or later on the same connection, comes after it.
fn rising(history: &History, commands: &[Asked<'_>]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let posts: Vec<(&Asked<'_>, &str, u64)> = commands
        .iter()
        .filter_map(|asked| match (asked.command, asked.fate()) {
            (Command::Post { room, .. }, Fate::Done(seq)) => Some((asked, room.as_str(), seq)),
            _ => None,
        })
        .collect();
    let connections: Vec<usize> = history
        .events
        .iter()
        .scan(0, |connection, event| {
            *connection += usize::from(matches!(event, Event::Connected));
            Some(*connection)
        })
        .collect();
    let connection = |at: usize| connections.get(at).copied().unwrap_or_default();
    for (place, (second, room, second_seq)) in posts.iter().enumerate() {
        let earlier = posts.iter().take(place).rev().filter(|(_, other, _)| other == room);
        for (first, _, first_seq) in earlier {
            let answered_before = first.done_at.is_some_and(|done| done < second.sent_at);
            let one_connection = first.tries == 1
                && second.tries == 1
                && connection(first.sent_at) == connection(second.sent_at);
            if (answered_before || one_connection) && first_seq >= second_seq {
                faults.push(Fault::SeqNotRising {
                    client: history.client.clone(),
                    room: (*room).to_owned(),
                    first: *first_seq,
                    second: *second_seq,
                });
            }
            if answered_before {
                // What came before that one was compared with it.
                break;
            }
        }
    }
    faults
}
