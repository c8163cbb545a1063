//! People who use a store of this process directly, and write down what they asked for and what they were answered.

pub mod person;

use std::sync::Arc;

use chinwag_checker::{Answer, Command, Event, History};
use chinwag_model::{MessageText, Nonce, Rev, Role, RoomId, RoomName, UserId, UserName};
use chinwag_store::{Edit, Entry, NamedKind, NewRoom, NewUser, Once, Post, Result, Store, StoreError};
use uuid::Uuid;

/// Somebody with an account.
#[derive(Clone)]
pub struct Insider {
    /// What they are called.
    pub name: String,
    user: UserId,
    /// What they did and were told.
    notes: Vec<Note>,
    orders: Vec<Order>,
    clock: Arc<Clock>,
}

/// What notes are numbered by: the position of a tape, say.
pub type Clock = dyn Fn() -> usize + Send + Sync;

/// Something that somebody did or was told.
#[derive(Clone, Debug)]
pub struct Note {
    /// When, by the clock: what is stored later was asked for later, and what was answered was stored before.
    pub at: usize,
    /// What.
    pub event: Event,
}

/// A command as it is given to the store, once or again.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its name.
    pub nonce: String,
    /// What it asks for.
    pub command: Command,
    /// Of an edit, the version that is edited.
    version: u64,
}

impl Insider {
    /// Makes an account.
    pub async fn sign_up(store: &dyn Store, name: &str, clock: Arc<Clock>) -> Self {
        let user = NewUser {
            id: UserId(Uuid::now_v7()),
            name: UserName::parse(name).unwrap(),
            password_hash: Some("$argon2id$…".to_owned()),
            identity: None,
            role: Role::Member,
            entry: Entry::Free,
            session: None,
        };
        let user = store.create_user(user).await.unwrap().id;
        Self { name: name.to_owned(), user, notes: Vec::new(), orders: Vec::new(), clock }
    }

    /// Their id.
    #[must_use]
    pub fn id(&self) -> String {
        self.user.to_string()
    }

    /// Who they are to the store.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.user
    }

    /// Everything that they asked for, in its order.
    #[must_use]
    pub fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// Everything that they wrote down until then, by the clock.
    #[must_use]
    pub fn until(&self, then: usize) -> Self {
        let mut earlier = self.clone();
        earlier.notes.retain(|note| note.at <= then);
        earlier.orders.retain(|order| earlier.notes.iter().any(|note| note.is_about(order)));
        earlier
    }

    /// For the checker.
    #[must_use]
    pub fn history(&self) -> History {
        let events = self.notes.iter().map(|note| note.event.clone()).collect();
        History { client: self.name.clone(), user: self.id(), events, picture: None }
    }

    /// The last answer to an order, if there was one.
    #[must_use]
    pub fn answer(&self, order: &Order) -> Option<&Answer> {
        self.notes.iter().rev().find_map(|note| match &note.event {
            Event::Answered { nonce, answer } if *nonce == order.nonce => Some(answer),
            _ => None,
        })
    }

    /// Gives a new command to the store. Of an edit, `version` is the version that is edited.
    pub async fn ask(&mut self, store: &dyn Store, command: Command, version: u64) -> Answer {
        let order = Order { nonce: format!("n{}", self.orders.len()), command, version };
        self.orders.push(order.clone());
        self.ask_again(store, &order).await
    }

    /// Gives a command to the store once more.
    pub async fn ask_again(&mut self, store: &dyn Store, order: &Order) -> Answer {
        let Order { nonce, command, .. } = order.clone();
        self.note(Event::Sent { nonce: nonce.clone(), command });
        let answer = self.carry_out(store, order).await.unwrap_or_else(|error| match error {
            StoreError::Refused(refusal) => Answer::Refused(refusal.code().to_owned()),
            StoreError::NotStored(_) | StoreError::Busy => Answer::NotStored,
            StoreError::OutcomeUnknown(_) => Answer::Unknown,
            StoreError::NotRead(reason) => panic!("a command is no question: {reason}"),
        });
        self.note(Event::Answered { nonce, answer: answer.clone() });
        answer
    }

    fn note(&mut self, event: Event) {
        let at = (self.clock)();
        self.notes.push(Note { at, event });
    }

    async fn carry_out(&self, store: &dyn Store, order: &Order) -> Result<Answer> {
        let once = Once::new(
            Nonce::parse(order.nonce.clone()).unwrap(),
            &[format!("{:?}", order.command).as_bytes(), &order.version.to_le_bytes()],
        );
        let by = self.user;
        let id = |id: &str| id.parse::<RoomId>().unwrap();
        let text = |text: &str| MessageText::parse(text.to_owned()).unwrap();
        match &order.command {
            Command::Post { room, text: posted } => {
                let post = Post { room: id(room), author: by, text: text(posted), once };
                let posted = store.post(post).await?;
                Ok(Answer::Done { rev: posted.seq.0, repeated: posted.repeated, room: None })
            }
            Command::Edit { room, seq, text: edited } => {
                let (room, seq, version) = (id(room), Rev(*seq), Rev(order.version));
                let edit = Edit { room, seq, version, by, text: text(edited) };
                store.edit(edit, Some(once)).await.map(done)
            }
            Command::Delete { room, seq } => {
                store.delete(id(room), Rev(*seq), by, Some(once)).await.map(done)
            }
            Command::Join { room } => {
                store.join(id(room), by, Some(once)).await.map(|joined| done(joined.rev))
            }
            Command::Leave { room } => store.leave(id(room), by, Some(once)).await.map(done),
            Command::Remove { room, user } => {
                let user = user.parse().unwrap();
                store.remove(id(room), user, by, Some(once)).await.map(done)
            }
            Command::CreateRoom { name } => {
                let name = RoomName::parse(name).unwrap();
                let room = NewRoom { id: RoomId(Uuid::now_v7()), name, kind: NamedKind::Open, maker: by };
                let made = store.create_room(room, Some(once)).await?;
                let room = Some(made.room.id.to_string());
                Ok(Answer::Done { rev: made.rev.0, repeated: false, room })
            }
        }
    }
}

impl Note {
    fn is_about(&self, order: &Order) -> bool {
        matches!(&self.event, Event::Sent { nonce, .. } if *nonce == order.nonce)
    }
}

fn done(rev: Rev) -> Answer {
    Answer::Done { rev: rev.0, repeated: false, room: None }
}
