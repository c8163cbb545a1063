//! Somebody who does all that people do in rooms, at random.

use std::sync::{Arc, Mutex};

use chinwag_checker::{Answer, Command};
use chinwag_store::Store;
use chinwag_tests::insider::{Clock, Insider};
use chinwag_tests::random::Random;

/// What everybody knows.
#[derive(Default)]
pub(crate) struct Shared {
    /// Rooms and their makers.
    rooms: Mutex<Vec<String>>,
    people: Mutex<Vec<String>>,
}

/// Somebody who does one thing after another.
pub(crate) struct Person {
    insider: Insider,
    shared: Arc<Shared>,
    random: Random,
    /// Where they think they are.
    rooms: Vec<String>,
    /// The rooms that they made.
    own: Vec<String>,
    /// Their messages: room, seq, version.
    messages: Vec<(String, u64, u64)>,
}

impl Person {
    pub(crate) async fn sign_up(
        store: &dyn Store,
        name: &str,
        clock: Arc<Clock>,
        shared: Arc<Shared>,
        random: Random,
    ) -> Self {
        let insider = Insider::sign_up(store, name, clock).await;
        shared.people.lock().unwrap().push(insider.id());
        let (rooms, own, messages) = (Vec::new(), Vec::new(), Vec::new());
        Self { insider, shared, random, rooms, own, messages }
    }

    /// Does so many things.
    pub(crate) async fn act(mut self, store: Arc<dyn Store>, times: usize) -> Self {
        for _ in 0..times {
            self.step(&*store).await;
        }
        self
    }

    /// What came of it all.
    pub(crate) fn into_insider(self) -> Insider {
        self.insider
    }

    /// Does something.
    pub(crate) async fn step(&mut self, store: &dyn Store) {
        match self.random.below(100) {
            _ if self.rooms.is_empty() => self.enter(store).await,
            0..72 => self.post(store).await,
            72..82 => self.edit(store).await,
            82..87 => self.delete(store).await,
            87..93 => self.enter(store).await,
            93..97 => self.leave(store).await,
            _ => self.remove(store).await,
        }
    }

    async fn post(&mut self, store: &dyn Store) {
        let (_, room) = self.pick(&self.rooms.clone());
        let command = Command::Post { room: room.clone(), text: self.text() };
        match self.insider.ask(store, command, 0).await {
            Answer::Done { rev, .. } => self.messages.push((room, rev, rev)),
            answer => self.refused(&room, &answer),
        }
    }

    async fn edit(&mut self, store: &dyn Store) {
        if self.messages.is_empty() {
            return;
        }
        let (place, (room, seq, version)) = self.pick(&self.messages.clone());
        let command = Command::Edit { room: room.clone(), seq, text: self.text() };
        match self.insider.ask(store, command, version).await {
            Answer::Done { rev, .. } => self.messages[place].2 = rev,
            answer => self.refused(&room, &answer),
        }
    }

    async fn delete(&mut self, store: &dyn Store) {
        if self.messages.is_empty() {
            return;
        }
        let (place, (room, seq, _)) = self.pick(&self.messages.clone());
        match self.insider.ask(store, Command::Delete { room: room.clone(), seq }, 0).await {
            Answer::Done { .. } => drop(self.messages.remove(place)),
            answer => self.refused(&room, &answer),
        }
    }

    /// Joins a room, or makes one.
    async fn enter(&mut self, store: &dyn Store) {
        let rooms = self.shared.rooms.lock().unwrap().clone();
        if rooms.is_empty() || self.random.below(4) == 0 {
            let name = format!("Room {} of {}", self.insider.orders().len(), self.insider.name);
            let answer = self.insider.ask(store, Command::CreateRoom { name }, 0).await;
            if let Answer::Done { room: Some(room), .. } = answer {
                self.shared.rooms.lock().unwrap().push(room.clone());
                self.own.push(room.clone());
                self.rooms.push(room);
            }
            return;
        }
        let (_, room) = self.pick(&rooms);
        let answer = self.insider.ask(store, Command::Join { room: room.clone() }, 0).await;
        if matches!(answer, Answer::Done { .. }) && !self.rooms.contains(&room) {
            self.rooms.push(room);
        }
    }

    async fn leave(&mut self, store: &dyn Store) {
        let (place, room) = self.pick(&self.rooms.clone());
        self.insider.ask(store, Command::Leave { room }, 0).await;
        self.rooms.remove(place);
    }

    /// Removes somebody from a room of their own, if they are in it.
    async fn remove(&mut self, store: &dyn Store) {
        if self.own.is_empty() {
            return;
        }
        let (_, room) = self.pick(&self.own.clone());
        let people = self.shared.people.lock().unwrap().clone();
        let (_, user) = self.pick(&people);
        self.insider.ask(store, Command::Remove { room, user }, 0).await;
    }

    /// Whoever was removed from a room is told so by what they try there.
    fn refused(&mut self, room: &str, answer: &Answer) {
        assert!(matches!(answer, Answer::Refused(code) if code == "not_a_member"), "{answer:?}");
        self.rooms.retain(|other| other != room);
        self.messages.retain(|(other, ..)| other != room);
    }

    /// A text that nobody else writes: mostly a line, sometimes long.
    fn text(&mut self) -> String {
        let length = if self.random.below(3) == 0 { self.random.below(7_900) } else { self.random.below(60) };
        let filler = char::from(b'a' + u8::try_from(self.random.below(26)).unwrap());
        let filler = filler.to_string().repeat(usize::try_from(length).unwrap());
        format!("{} {} {filler}", self.insider.name, self.insider.orders().len())
    }

    fn pick<T: Clone>(&mut self, list: &[T]) -> (usize, T) {
        let place = usize::try_from(self.random.below(list.len() as u64)).unwrap();
        (place, list[place].clone())
    }
}
