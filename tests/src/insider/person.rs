//! Somebody who does all that people do in rooms, at random.

use std::sync::{Arc, Mutex};

use chinwag_checker::{Answer, Command};
use chinwag_store::Store;
use futures_util::future::join_all;

use super::{Clock, Insider, Order};
use crate::random::Random;

/// What everybody knows.
#[derive(Default)]
struct Shared {
    rooms: Mutex<Vec<String>>,
    people: Mutex<Vec<String>>,
}

/// Somebody who does one thing after another.
pub struct Person {
    insider: Insider,
    shared: Arc<Shared>,
    random: Random,
    /// Where they think they are.
    rooms: Vec<String>,
    /// The rooms that they made.
    own: Vec<String>,
    messages: Vec<Mine>,
}

/// A message of their own.
#[derive(Clone)]
struct Mine {
    room: String,
    seq: u64,
    version: u64,
}

impl Person {
    /// Makes accounts for so many people who know of each other.
    pub async fn gather(
        store: &dyn Store,
        count: usize,
        clock: &Arc<Clock>,
        random: &mut Random,
    ) -> Vec<Self> {
        let shared = Arc::new(Shared::default());
        let mut people = Vec::new();
        for number in 0..count {
            let insider = Insider::sign_up(store, &format!("Person {number}"), Arc::clone(clock)).await;
            shared.people.lock().unwrap().push(insider.id());
            people.push(Self {
                insider,
                shared: Arc::clone(&shared),
                random: random.fork(),
                rooms: Vec::new(),
                own: Vec::new(),
                messages: Vec::new(),
            });
        }
        people
    }

    /// Has each of these do so many things, all at the same time.
    pub async fn all_act(people: Vec<Self>, store: &Arc<dyn Store>, times: usize) -> Vec<Self> {
        let tasks = people.into_iter().map(|person| tokio::spawn(person.act(Arc::clone(store), times)));
        join_all(tasks).await.into_iter().map(Result::unwrap).collect()
    }

    async fn act(mut self, store: Arc<dyn Store>, times: usize) -> Self {
        for _ in 0..times {
            self.step(&*store).await;
        }
        self
    }

    /// Does something.
    async fn step(&mut self, store: &dyn Store) {
        let (command, version) = self.choose();
        let answer = self.insider.ask(store, command.clone(), version).await;
        self.take(&command, &answer);
    }

    /// Asks once more for what was not stored or is not known. Whether all of it is decided now.
    #[must_use]
    pub async fn settle(&mut self, store: &dyn Store) -> bool {
        let open = |order: &Order| {
            !matches!(self.insider.answer(order), Some(Answer::Done { .. } | Answer::Refused(_)))
        };
        let orders: Vec<Order> = self.insider.orders().iter().filter(|order| open(order)).cloned().collect();
        let mut all = true;
        for order in orders {
            let answer = self.insider.ask_again(store, &order).await;
            all &= matches!(answer, Answer::Done { .. } | Answer::Refused(_));
            self.take(&order.command, &answer);
        }
        all
    }

    /// What came of it all.
    #[must_use]
    pub fn insider(&self) -> &Insider {
        &self.insider
    }

    /// A command, and the version that it edits, if it edits something.
    fn choose(&mut self) -> (Command, u64) {
        let chance = self.random.below(100);
        let Some(room) = self.random.pick(&self.rooms).cloned().filter(|_| !(87..93).contains(&chance))
        else {
            return (self.enter(), 0);
        };
        match (chance, self.random.pick(&self.messages).cloned()) {
            (72..82, Some(Mine { room, seq, version })) => {
                (Command::Edit { room, seq, text: self.text() }, version)
            }
            (82..87, Some(Mine { room, seq, .. })) => (Command::Delete { room, seq }, 0),
            (93..97, _) => (Command::Leave { room }, 0),
            (97.., _) if !self.own.is_empty() => {
                let room = self.random.pick(&self.own).unwrap().clone();
                let user = self.random.pick(&self.shared.people.lock().unwrap()).unwrap().clone();
                (Command::Remove { room, user }, 0)
            }
            _ => (Command::Post { room, text: self.text() }, 0),
        }
    }

    /// Joins a room, or makes one.
    fn enter(&mut self) -> Command {
        let join = self.random.below(4) > 0;
        match self.random.pick(&self.shared.rooms.lock().unwrap()) {
            Some(room) if join => Command::Join { room: room.clone() },
            _ => {
                let number = self.insider.orders().len();
                Command::CreateRoom { name: format!("Room {number} of {}", self.insider.name) }
            }
        }
    }

    /// A text that nobody else writes: mostly a line, sometimes long.
    fn text(&mut self) -> String {
        let length = if self.random.below(3) == 0 { self.random.below(7_900) } else { self.random.below(60) };
        let filler = char::from(b'a' + u8::try_from(self.random.below(26)).unwrap());
        let filler = filler.to_string().repeat(usize::try_from(length).unwrap());
        format!("{} {} {filler}", self.insider.name, self.insider.orders().len())
    }

    /// Takes an answer in.
    fn take(&mut self, command: &Command, answer: &Answer) {
        match (command, answer) {
            (Command::Post { room, .. }, Answer::Done { rev, .. }) => {
                self.messages.push(Mine { room: room.clone(), seq: *rev, version: *rev });
            }
            (Command::Edit { room, seq, .. }, Answer::Done { rev, .. }) => {
                let edited = self.messages.iter_mut().find(|mine| mine.seq == *seq && mine.room == *room);
                if let Some(mine) = edited {
                    mine.version = mine.version.max(*rev);
                }
            }
            (Command::Delete { room, seq }, Answer::Done { .. }) => {
                self.messages.retain(|mine| mine.seq != *seq || mine.room != *room);
            }
            (Command::CreateRoom { .. }, Answer::Done { room: Some(room), .. }) => {
                self.shared.rooms.lock().unwrap().push(room.clone());
                self.own.push(room.clone());
                self.rooms.push(room.clone());
            }
            (Command::Join { room }, Answer::Done { .. }) if !self.rooms.contains(room) => {
                self.rooms.push(room.clone());
            }
            (Command::Leave { room }, Answer::Done { .. }) => self.is_out_of(room),
            (_, Answer::Refused(code)) => self.refused(command, code),
            _ => {}
        }
    }

    /// Whoever was removed from a room is told so by what they try there; and what was not known to be stored may have
    /// been.
    fn refused(&mut self, command: &Command, code: &str) {
        match (command, code) {
            (
                Command::Post { room, .. }
                | Command::Edit { room, .. }
                | Command::Delete { room, .. }
                | Command::Leave { room }
                | Command::Remove { room, .. },
                "not_a_member",
            ) => self.is_out_of(&room.clone()),
            (Command::Edit { room, seq, .. }, "edit_conflict" | "message_unknown") => {
                self.messages.retain(|mine| mine.seq != *seq || mine.room != *room);
            }
            (Command::Remove { .. }, "user_unknown" | "forbidden") => {}
            _ => panic!("{}: {command:?} was refused: {code}", self.insider.name),
        }
    }

    fn is_out_of(&mut self, room: &str) {
        self.rooms.retain(|other| other != room);
        self.messages.retain(|mine| mine.room != room);
    }
}
