//! Commands: asked for again with the same nonce until there is an answer.

use std::time::{Duration, Instant};

use chinwag_checker::{Answer, Command, Event};
use serde_json::{Value, json};

use super::{Follower, PAUSE_MS, patience};
use crate::DEADLINE;
use crate::socket::Closed;

/// A command on its way: its nonce and words stay the same for each try.
#[derive(Clone, Debug)]
pub struct Asked {
    nonce: String,
    command: Command,
    event: &'static str,
    payload: Value,
}

/// Codes by which commands may be refused; any other is a fault of the test or the server.
const REFUSALS: &[&str] =
    &["not_a_member", "edit_conflict", "message_unknown", "forbidden", "user_unknown", "too_many_rooms"];

impl Follower {
    /// Something to be asked for, with a nonce of its own.
    pub fn prepare(&mut self, command: Command) -> Asked {
        self.commands += 1;
        let nonce = format!("{}-{}", self.picture.user, self.commands);
        let (event, mut payload) = match &command {
            Command::Post { room, text } => ("message:send", json!({"room": room, "text": text})),
            Command::Edit { room, seq, text } => {
                let known = self.picture.rooms.get(room).and_then(|room| room.messages.get(seq));
                let version = known.map_or(*seq, |message| message.rev);
                ("message:edit", json!({"room": room, "seq": seq, "version": version, "text": text}))
            }
            Command::Delete { room, seq } => ("message:delete", json!({"room": room, "seq": seq})),
            Command::Join { room } => ("room:join", json!({"room": room})),
            Command::Leave { room } => ("room:leave", json!({"room": room})),
            Command::Remove { room, user } => ("room:remove", json!({"room": room, "user": user})),
            Command::CreateRoom { name } => ("room:create", json!({"name": name})),
        };
        payload["nonce"] = json!(nonce);
        Asked { nonce, command, event, payload }
    }

    /// Does something, over as many connections as it takes.
    pub async fn carry_out(&mut self, command: Command) -> Answer {
        let asked = self.prepare(command);
        self.insist(&asked).await
    }

    /// Asks until there is an answer that decides.
    pub async fn insist(&mut self, asked: &Asked) -> Answer {
        let begun = Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            let (client, diary) = (&self.history.client, &self.diary);
            assert!(begun.elapsed() < DEADLINE, "{client}: no answer decides on {asked:?}{diary}");
            self.connect().await;
            match self.attempt(asked).await {
                Ok(answer @ (Answer::NotStored | Answer::Unknown)) => {
                    self.diary.note(format!("answered {answer:?}"));
                    tokio::time::sleep(Duration::from_millis(self.random.below(PAUSE_MS * patience(tries))))
                        .await;
                }
                Ok(answer) => return answer,
                Err(Closed) => self.lose("before an answer came"),
            }
        }
    }

    /// Asks for several things at once on one connection, and then for what was not answered once more.
    pub async fn carry_out_at_once(&mut self, commands: Vec<Command>) {
        let all: Vec<Asked> = commands.into_iter().map(|command| self.prepare(command)).collect();
        self.connect().await;
        for asked in &all {
            self.note_sent(asked);
        }
        let Some(socket) = &self.socket else { return };
        let answers = all.iter().map(|asked| socket.ask(asked.event, &asked.payload));
        let answers = futures_util::future::join_all(answers).await;
        let mut unanswered = Vec::new();
        for (asked, answer) in all.iter().zip(answers) {
            match answer {
                Ok(answer) => drop(self.note_answer(asked, &answer)),
                Err(Closed) => unanswered.push(asked),
            }
        }
        for asked in unanswered {
            self.insist(asked).await;
        }
    }

    /// One try on the connection that there is.
    async fn attempt(&mut self, asked: &Asked) -> Result<Answer, Closed> {
        // Answers overtake what has come and was not taken in. What was heard as a member before comes first.
        self.hear_pending().await?;
        self.note_sent(asked);
        let answer = self.ask(asked.event, &asked.payload).await?;
        Ok(self.note_answer(asked, &answer))
    }

    /// Sends something and cuts the connection after that time, or else when the answer is there. The answer, if it came
    /// before, is as good as never heard of.
    pub async fn ask_and_cut(&mut self, asked: &Asked, patience: Option<Duration>) -> Option<Answer> {
        self.connect().await;
        if self.hear_pending().await.is_err() {
            self.cut();
            return None;
        }
        self.note_sent(asked);
        let answer = self.ask(asked.event, &asked.payload);
        let answer = match patience {
            Some(patience) => tokio::time::timeout(patience, answer).await.unwrap_or(Err(Closed)),
            None => answer.await,
        };
        self.cut();
        answer.ok().map(|answer| understood(asked, &answer))
    }

    fn note_sent(&mut self, asked: &Asked) {
        let (nonce, command) = (asked.nonce.clone(), asked.command.clone());
        self.history.events.push(Event::Sent { nonce, command });
    }

    fn note_answer(&mut self, asked: &Asked, answer: &Value) -> Answer {
        let answer = understood(asked, answer);
        self.history.events.push(Event::Answered { nonce: asked.nonce.clone(), answer: answer.clone() });
        answer
    }
}

fn understood(asked: &Asked, answer: &Value) -> Answer {
    if answer["ok"] == true {
        return Answer::Done {
            rev: answer["rev"].as_u64().unwrap_or_else(|| panic!("{} is answered {answer}", asked.event)),
            repeated: answer["repeated"] == true,
            room: answer["room"]["id"].as_str().map(str::to_owned),
        };
    }
    match answer["error"]["code"].as_str().unwrap_or_default() {
        "not_stored" | "unavailable" => Answer::NotStored,
        "outcome_unknown" => Answer::Unknown,
        code => {
            assert!(REFUSALS.contains(&code), "{} {} is answered {answer}", asked.event, asked.payload);
            Answer::Refused(code.to_owned())
        }
    }
}
