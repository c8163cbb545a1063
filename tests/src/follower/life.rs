//! A random life: posts, edits, deletions, memberships, lost connections.

use std::time::Duration;

use chinwag_checker::{Answer, Command};

use super::Follower;

/// Most rooms that there are to be.
const ROOMS: usize = 8;
/// Most posts that are sent at once.
const BURST: u64 = 6;

/// How somebody lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Stays as long as the server lets them.
    Steady,
    /// Reads only now and then.
    Slow,
    /// Is away now and then.
    OftenAway,
    /// Comes back late when the connection was lost.
    Late,
    /// Stays as well, and has time: does something every eight seconds or so.
    Calm,
}

/// A command that was asked for twice.
#[derive(Clone, Debug)]
pub struct Tried {
    /// What was asked for.
    pub command: Command,
    /// The answer to the first try if it had come, though nobody took notice of it.
    pub unheard: Option<Answer>,
    /// The answer that was heard.
    pub answer: Answer,
}

impl Follower {
    /// Does one random thing, and takes in what has come.
    pub async fn live(&mut self, manner: Manner) {
        let away = manner == Manner::OftenAway && self.random.below(5) == 0;
        if away {
            self.cut();
            self.pause(40).await;
        }
        if manner == Manner::Late && !self.is_connected() {
            self.pause(1_000).await;
        }
        if manner == Manner::Slow {
            self.read(false);
            self.pause(30).await;
            self.read(true);
        }
        if manner == Manner::Calm {
            self.pause(16_000).await;
        }
        self.act().await;
        if self.is_connected() && self.hear_pending().await.is_err() {
            self.lose("while nothing was asked");
        }
    }

    async fn pause(&mut self, most_ms: u64) {
        // Not to wait for anything: this is how long this person is away.
        tokio::time::sleep(Duration::from_millis(self.random.below(most_ms))).await;
    }

    async fn act(&mut self) {
        match self.random.below(100) {
            0..78 => match self.idea() {
                Some(command) => drop(self.carry_out(command).await),
                None => self.connect().await,
            },
            78..86 => {
                let count = 2 + self.random.below(BURST);
                let posts: Vec<Command> = (0..count).filter_map(|_| self.post()).collect();
                self.carry_out_at_once(posts).await;
            }
            86..91 => {
                let patience = Duration::from_micros(self.random.below(3_000));
                self.try_and_insist(Some(patience)).await;
            }
            91..96 => self.cut(),
            _ => self.pause(20).await,
        }
    }

    /// Something random is asked for and the line goes dead, at the latest when the answer is there; so it is asked for
    /// again.
    pub async fn try_and_insist(&mut self, patience: Option<Duration>) -> Option<Tried> {
        self.connect().await;
        let command = self.idea()?;
        let asked = self.prepare(command.clone());
        let unheard = self.ask_and_cut(&asked, patience).await;
        let answer = self.insist(&asked).await;
        Some(Tried { command, unheard, answer })
    }

    /// Something that they could do now: most often a post.
    fn idea(&mut self) -> Option<Command> {
        match self.random.below(80) {
            0..45 => self.post(),
            45..56 => self.change_of_own_message(false),
            56..63 => self.change_of_own_message(true),
            63..71 => self.other_room().map(|room| Command::Join { room }),
            71..74 => self.own_room().map(|room| Command::Leave { room }),
            74..77 => self.new_room(),
            _ => self.removal(),
        }
    }

    /// A post to one of the rooms that they are in.
    pub fn post(&mut self) -> Option<Command> {
        let room = self.own_room()?;
        Some(Command::Post { room, text: self.new_text() })
    }

    /// A text that nobody else ever says.
    pub fn new_text(&mut self) -> String {
        self.said += 1;
        let length = usize::try_from(self.random.below(200)).unwrap_or_default();
        format!("{} says {} {}", self.history.client, self.said, "x".repeat(length))
    }

    fn own_room(&mut self) -> Option<String> {
        let rooms: Vec<String> = self.picture.rooms.keys().cloned().collect();
        self.random.pick(&rooms).cloned()
    }

    fn other_room(&mut self) -> Option<String> {
        let known = &self.picture.rooms;
        if known.len() >= self.most_rooms {
            return None;
        }
        let rooms: Vec<String> =
            self.picture.open.keys().filter(|room| !known.contains_key(*room)).cloned().collect();
        self.random.pick(&rooms).cloned()
    }

    /// One of their newer messages is to be edited or deleted.
    fn change_of_own_message(&mut self, delete: bool) -> Option<Command> {
        let room = self.own_room()?;
        let messages = self.picture.rooms.get(&room)?.messages.values().rev();
        let own = messages.filter(|message| message.author.id == self.picture.user && message.text.is_some());
        let own: Vec<u64> = own.take(10).map(|message| message.seq).collect();
        let &seq = self.random.pick(&own)?;
        Some(if delete {
            Command::Delete { room, seq }
        } else {
            Command::Edit { room, seq, text: self.new_text() }
        })
    }

    fn new_room(&mut self) -> Option<Command> {
        self.said += 1;
        let name = format!("{} {}", self.said, self.history.client);
        (self.picture.open.len() < ROOMS).then_some(Command::CreateRoom { name })
    }

    /// Somebody else is to go from a room of theirs.
    fn removal(&mut self) -> Option<Command> {
        let own = &self.picture.user;
        let mut found = Vec::new();
        for (room, known) in &self.picture.rooms {
            if known.members.get(own).is_some_and(|role| role == "owner") {
                let others = known.members.keys().filter(|member| *member != own);
                found.extend(others.map(|member| (room.clone(), member.clone())));
            }
        }
        let (room, user) = self.random.pick(&found).cloned()?;
        Some(Command::Remove { room, user })
    }
}
