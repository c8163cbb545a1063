//! Life after a power cut: a store is opened on what is left.

use std::path::Path;
use std::sync::Arc;

use chinwag_checker::{Answer, Command, Stored, check};
use chinwag_store::Store;
use chinwag_store::sqlite::{Options, SqliteStore};
use chinwag_test_disk::Image;
use chinwag_tests::insider::Insider;
use chinwag_tests::random::Random;
use tempfile::TempDir;

use crate::recording::DATABASE;

/// Of each person, how many commands that were acknowledged are sent again.
const RETRIES: usize = 3;

/// What is left, and what people know.
pub(crate) struct Cut {
    at: usize,
    image: Image,
    people: Vec<Insider>,
}

impl Cut {
    pub(crate) fn new(at: usize, image: Image, people: Vec<Insider>) -> Self {
        Self { at, image, people }
    }

    /// Opens a store on it, looks at what is there and goes on. Everything that is wrong, a sentence each.
    pub(crate) async fn check(&self, random: &mut Random) -> Vec<String> {
        let folder = TempDir::new().unwrap();
        self.image.write_to(folder.path()).unwrap();
        let store: Arc<dyn Store> = match SqliteStore::open(folder.path(), &Options::default()) {
            Ok(store) => store,
            Err(error) => return vec![error.to_string()],
        };
        let mut people = self.people.clone();
        let mut found = look(folder.path(), &people);
        if found.is_empty() {
            for person in &mut people {
                found.extend(retry(&*store, person, random).await);
            }
            people.push(newcomer(&*store).await);
            for person in &mut people {
                found.extend(go_on(&*store, person).await);
            }
        }
        store.close().await;
        if found.is_empty() {
            found = look(folder.path(), &people);
        }
        found
    }

    /// Leaves what was found to whoever looks into it: the files as they were, in a folder that stays.
    pub(crate) fn keep(&self, found: &[String]) -> String {
        let folder = tempfile::Builder::new().prefix("chinwag-cut-").tempdir().unwrap().keep();
        self.image.write_to(&folder).unwrap();
        let first: String = found.iter().take(10).map(|fault| format!("\n{fault:.300}")).collect();
        let (at, number, folder) = (self.at, found.len(), folder.display());
        format!("{number} faults after a cut at operation {at} (the files are kept in {folder}), as:{first}")
    }
}

/// What cannot be true of what is stored.
fn look(folder: &Path, people: &[Insider]) -> Vec<String> {
    match Stored::read(folder).and_then(|stored| Ok((stored, integrity(folder)?))) {
        Err(error) => vec![format!("it cannot be read: {error}")],
        Ok((stored, integrity)) => {
            let histories: Vec<_> = people.iter().map(Insider::history).collect();
            let faults = check(&histories, &stored).into_iter().map(|fault| fault.to_string());
            integrity.into_iter().filter(|line| line != "ok").chain(faults).collect()
        }
    }
}

fn integrity(folder: &Path) -> rusqlite::Result<Vec<String>> {
    let connection = rusqlite::Connection::open(folder.join(DATABASE))?;
    connection.prepare("PRAGMA integrity_check")?.query_map([], |row| row.get(0))?.collect()
}

/// Sends again what was not answered, twice, and some of what was. The checker compares the answers with the first ones.
async fn retry(store: &dyn Store, person: &mut Insider, random: &mut Random) -> Vec<String> {
    let mut found = Vec::new();
    let (answered, open): (Vec<_>, Vec<_>) =
        person.orders().to_vec().into_iter().partition(|order| person.answer(order).is_some());
    let done = |order: &_| matches!(person.answer(order), Some(Answer::Done { .. }));
    let mut done: Vec<_> = answered.into_iter().filter(done).collect();
    // The last one, which is most in danger, and some others.
    let mut again: Vec<_> = done.pop().into_iter().collect();
    for _ in 0..RETRIES.min(done.len()) {
        again.push(done.remove(usize::try_from(random.below(done.len() as u64)).unwrap()));
    }
    for order in again {
        let answer = person.ask_again(store, &order).await;
        if let (Command::Post { .. }, Answer::Done { repeated: false, .. }) = (&order.command, &answer) {
            found.push(format!("{}: {order:?} is not known any more: {answer:?}", person.name));
        }
    }
    for order in open {
        let first = person.ask_again(store, &order).await;
        let second = person.ask_again(store, &order).await;
        let once = match (&first, &second) {
            (Answer::Done { rev, .. }, Answer::Done { rev: again, repeated, .. }) => {
                rev == again && (*repeated || !matches!(order.command, Command::Post { .. }))
            }
            // By what others did before the cut.
            (Answer::Refused(code), Answer::Refused(again)) => code == again,
            _ => false,
        };
        if !once {
            found.push(format!("{}: {order:?} was answered {first:?}, then {second:?}", person.name));
        }
    }
    found
}

/// Somebody who was not there before.
async fn newcomer(store: &dyn Store) -> Insider {
    Insider::sign_up(store, "Newcomer", Arc::new(|| 0)).await
}

/// Makes a room and posts in it.
async fn go_on(store: &dyn Store, person: &mut Insider) -> Option<String> {
    let name = format!("After the cut, {}", person.name);
    let made = person.ask(store, Command::CreateRoom { name }, 0).await;
    let Answer::Done { room: Some(room), .. } = made else {
        return Some(format!("{} cannot make a room: {made:?}", person.name));
    };
    let text = format!("{} is still here", person.name);
    let posted = person.ask(store, Command::Post { room, text }, 0).await;
    (!matches!(posted, Answer::Done { .. })).then(|| format!("{} cannot post: {posted:?}", person.name))
}
