//! People with a store on a disk that fails when it is told to.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;

use chinwag_checker::{Answer, Command, Stored, check};
use chinwag_model::Message;
use chinwag_store::sqlite::{Options, SqliteStore};
use chinwag_store::{Fatal, Result, Store};
use chinwag_test_disk::{Disk, Met, Part, is_checkpointer};
use chinwag_tests::DEADLINE;
use chinwag_tests::insider::{Clock, Insider};
use chinwag_tests::random::Random;
use futures_util::future::join_all;
use futures_util::poll;
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::task::{block_in_place, spawn_blocking, unconstrained};
use tokio::time::timeout;

/// A store with its disk, and people who are all in one room. The first of them is the one who goes first.
pub(crate) struct Lab {
    folder: TempDir,
    pub(crate) disk: Arc<Disk>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) people: Vec<Insider>,
    pub(crate) room: String,
}

impl Lab {
    pub(crate) async fn start(people: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let disk = Arc::new(Disk::over(folder.path()));
        let store = open(&folder);
        let clock: Arc<Clock> = Arc::new({
            let disk = Arc::clone(&disk);
            move || disk.position()
        });
        let names = (0..people).map(|number| format!("Person {number}"));
        let mut signed_up = Vec::new();
        for name in names {
            signed_up.push(Insider::sign_up(&*store, &name, Arc::clone(&clock)).await);
        }
        let me = store.me(signed_up[0].user()).await.unwrap();
        // Where everybody lands.
        let room = me.rooms[0].room.id.to_string();
        Self { folder, disk, store, people: signed_up, room }
    }

    /// A post of so many bytes by somebody, unlike every other.
    pub(crate) fn post_by(&self, person: usize, bytes: usize) -> Command {
        post_in(&self.room, &self.people[person], bytes)
    }

    /// Somebody posts, and it must be stored; its `seq`.
    pub(crate) async fn post(&mut self, person: usize, bytes: usize) -> u64 {
        let command = self.post_by(person, bytes);
        match self.people[person].ask(&*self.store, command, 0).await {
            Answer::Done { rev, .. } => rev,
            answer => panic!("a post was answered {answer:?}"),
        }
    }

    /// All but the first ask for something, and all of it comes into one batch, since the writer waits for the disk with
    /// a post of the first meanwhile. Before the batch begins, `arm` says what the disk does. Answers are in the order
    /// of people.
    pub(crate) async fn in_one_batch(
        &mut self,
        arm: impl FnOnce(&Disk),
        command: impl Fn(&str, usize, &Insider) -> Command,
    ) -> Vec<Answer> {
        let first = self.post_by(0, 10);
        let (first, answers) =
            self.in_one_batch_after(|disk| disk.hold_syncs(Part::Log), first, arm, command).await;
        assert!(matches!(first, Answer::Done { .. }), "the one before that was answered {first:?}");
        answers
    }

    /// The same after another command of the first, with which the writer waits for what is held by `hold`.
    pub(crate) async fn in_one_batch_after(
        &mut self,
        hold: impl FnOnce(&Disk),
        first: Command,
        arm: impl FnOnce(&Disk),
        command: impl Fn(&str, usize, &Insider) -> Command,
    ) -> (Answer, Vec<Answer>) {
        let (disk, store) = (Arc::clone(&self.disk), Arc::clone(&self.store));
        let before = disk.met().held;
        hold(&disk);
        // On a thread of its own: whoever asks may be the one who writes.
        let asked_first = spawn_blocking({
            let (mut one, store) = (self.people[0].clone(), Arc::clone(&store));
            move || {
                let answer = Handle::current().block_on(one.ask(&*store, first, 0));
                (one, answer)
            }
        });
        block_in_place(|| disk.wait_until(|met| met.held > before));
        let answers = {
            // Asked while somebody writes, and so taken together once they do not.
            let others = self.people.iter_mut().enumerate().skip(1);
            let asked = others.map(|(number, person)| {
                let command = command(&self.room, number, person);
                person.ask(&*store, command, 0)
            });
            let mut asked = pin!(unconstrained(join_all(asked)));
            assert!(poll!(&mut asked).is_pending());
            arm(&disk);
            disk.release();
            asked.await
        };
        let (one, first) = asked_first.await.unwrap();
        self.people[0] = one;
        (first, answers)
    }

    /// Everybody posts so many bytes, over and over, until so much was met.
    pub(crate) async fn post_until(&mut self, bytes: usize, enough: impl Fn(&Met) -> bool) -> Vec<Answer> {
        let mut answers = Vec::new();
        while !enough(&self.disk.met()) {
            let store = Arc::clone(&self.store);
            let room = &self.room;
            let asked = self.people.iter_mut().map(|person| {
                let post = post_in(room, person, bytes);
                person.ask(&*store, post, 0)
            });
            answers.extend(join_all(asked).await);
        }
        answers
    }

    /// A connection beside the store's.
    pub(crate) fn beside(&self) -> Connection {
        Connection::open(self.folder.path().join("chinwag.db")).unwrap()
    }

    /// Everything of the room as its readers see it, oldest first.
    pub(crate) async fn history(&self) -> Result<Vec<Message>> {
        let (room, reader) = (self.room.parse().unwrap(), self.people[0].user());
        let mut messages = VecDeque::new();
        loop {
            let before = messages.front().map(|message: &Message| message.seq);
            let page = self.store.room_page(room, reader, before, 50).await?;
            for message in page.messages.into_iter().rev() {
                messages.push_front(message);
            }
            if !page.more {
                return Ok(messages.into());
            }
        }
    }

    /// Why the store cannot go on, waiting for it.
    pub(crate) async fn failed(&self) -> Fatal {
        timeout(DEADLINE, self.store.failed()).await.expect("the store says that it cannot go on")
    }

    /// Closes the store and opens it again.
    pub(crate) async fn reopen(&mut self) {
        self.store.close().await;
        self.store = open(&self.folder);
    }

    /// Sends again what was not stored or is not known, twice: it is stored then, once.
    pub(crate) async fn retry(&mut self) {
        for person in &mut self.people {
            let open = |order: &_| matches!(person.answer(order), Some(Answer::NotStored | Answer::Unknown));
            let orders: Vec<_> = person.orders().iter().filter(|order| open(order)).cloned().collect();
            for order in orders {
                let first = person.ask_again(&*self.store, &order).await;
                let second = person.ask_again(&*self.store, &order).await;
                assert!(matches!(first, Answer::Done { .. }), "{order:?} was answered {first:?}");
                assert!(matches!(second, Answer::Done { .. }), "{order:?} was answered {second:?}");
                let posted = matches!(order.command, Command::Post { .. });
                assert!(!posted || matches!(second, Answer::Done { repeated: true, .. }), "{second:?}");
            }
        }
    }

    /// Fails unless what people were told is true of what is stored.
    #[track_caller]
    pub(crate) fn check(&self) {
        check_folder(self.folder.path(), &self.people);
    }

    /// Opens a store on what is left after some power cuts, of which the first is now, and checks that.
    pub(crate) async fn cut_the_power(&self, cuts: usize, since: usize) {
        let mut random = Random::announced();
        let tape = self.disk.tape();
        for number in 0..cuts {
            let span = tape.position() - since;
            let back = if number == 0 { 0 } else { random.below(span as u64 + 1) };
            let at = tape.position() - usize::try_from(back).unwrap();
            let folder = TempDir::new().unwrap();
            tape.after_cut(at, &mut |bound| random.below(bound)).write_to(folder.path()).unwrap();
            open(&folder).close().await;
            let people: Vec<_> = self.people.iter().map(|person| person.until(at)).collect();
            check_folder(folder.path(), &people);
        }
    }
}

/// The store's threads that read for those who ask.
pub(crate) fn reads(thread: &str) -> bool {
    thread.starts_with("store-read")
}

/// The store's own that writes, and whoever asks for something while it rests.
pub(crate) fn writes(thread: &str) -> bool {
    !reads(thread) && !is_checkpointer(thread)
}

/// A post of so many bytes by somebody, unlike every other.
pub(crate) fn post_in(room: &str, person: &Insider, bytes: usize) -> Command {
    let text = format!("{} {} {}", person.name, person.orders().len(), "ж".repeat(bytes / 2));
    Command::Post { room: room.to_owned(), text }
}

fn open(folder: &TempDir) -> Arc<dyn Store> {
    SqliteStore::open(folder.path(), &Options::default()).unwrap()
}

#[track_caller]
fn check_folder(folder: &std::path::Path, people: &[Insider]) {
    let histories: Vec<_> = people.iter().map(Insider::history).collect();
    let faults = check(&histories, &Stored::read(folder).unwrap());
    let first: String = faults.iter().take(10).map(|fault| format!("\n{fault:.300}")).collect();
    assert!(faults.is_empty(), "{} faults, as:{first}", faults.len());
}
