//! A client's picture of one room, kept by the delivery rule of docs/api.md, with every breach of it a failed test.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::socket::{Closed, Socket};

/// What a client knows of a room.
#[derive(Clone, Debug)]
pub struct Picture {
    room: String,
    epoch: String,
    /// Everything up to here is known.
    rev: u64,
    /// Messages by `seq`, each in its newest known version.
    messages: BTreeMap<u64, Value>,
}

impl Picture {
    /// Loads the room afresh, all pages of it.
    ///
    /// # Errors
    /// [`Closed`] if the connection ends before all is there.
    pub async fn load(socket: &Socket, room: &str) -> Result<Self, Closed> {
        let answer = loaded(socket, &json!({"room": room, "limit": 100})).await?;
        let mut picture = Self {
            room: room.to_owned(),
            epoch: answer["cursor"]["epoch"].as_str().unwrap().to_owned(),
            rev: answer["cursor"]["rev"].as_u64().unwrap(),
            messages: BTreeMap::new(),
        };
        picture.take_page(&answer);
        let mut more = answer["more"] == true;
        while more {
            let oldest = picture.messages.first_key_value().map(|(seq, _)| *seq);
            let answer = loaded(socket, &json!({"room": room, "limit": 100, "before": oldest})).await?;
            picture.take_page(&answer);
            more = answer["more"] == true;
        }
        Ok(picture)
    }

    /// The `rev` up to which everything is known.
    #[must_use]
    pub fn rev(&self) -> u64 {
        self.rev
    }

    /// Up to where everything is known, as a client tells the server.
    #[must_use]
    pub fn cursor(&self) -> Value {
        json!({"epoch": self.epoch, "rev": self.rev})
    }

    /// The messages: `seq`, author's id, text if it is there.
    #[must_use]
    pub fn messages(&self) -> Vec<(u64, String, Option<String>)> {
        let texts = self.messages.iter().map(|(seq, message)| {
            let author = message["author"]["id"].as_str().unwrap_or_default().to_owned();
            (*seq, author, message["text"].as_str().map(str::to_owned))
        });
        texts.collect()
    }

    /// Takes an event in, asking the server for what is missing.
    ///
    /// # Errors
    /// [`Closed`] if the connection ends while asking; the picture is as good as before.
    pub async fn apply(&mut self, socket: &Socket, event: &str, payload: &Value) -> Result<(), Closed> {
        if event != "stream:changes" || payload["stream"] != self.room.as_str() {
            return Ok(());
        }
        assert_eq!(payload["epoch"], self.epoch.as_str(), "nothing was restored, so the epoch stays");
        let (from, rev) = (payload["from"].as_u64().unwrap(), payload["rev"].as_u64().unwrap());
        assert!(from < rev, "{payload}");
        if from > self.rev {
            return self.sync(socket).await;
        }
        if rev > self.rev {
            self.take_changes(&payload["changes"], rev);
        }
        Ok(())
    }

    /// Asks the server for everything after the cursor.
    ///
    /// # Errors
    /// [`Closed`] if the connection ends before all is there; the picture is good up to its cursor.
    pub async fn sync(&mut self, socket: &Socket) -> Result<(), Closed> {
        loop {
            let cursors = json!({"cursors": {&self.room: {"epoch": self.epoch, "rev": self.rev}}});
            let answer = socket.ask("sync", &cursors).await?;
            assert_eq!(answer["ok"], true, "{answer}");
            let part = &answer["streams"][&self.room];
            if part.is_null() {
                assert_ne!(answer["more"], true, "more, and nothing of what was asked for: {answer}");
                return Ok(());
            }
            let (from, rev) = (part["from"].as_u64(), part["rev"].as_u64());
            assert_eq!(from, Some(self.rev), "an answer to this cursor begins at it: {part}");
            let rev = rev.unwrap();
            assert!(rev > self.rev, "an answer that differs moves on: {part}");
            self.take_changes(&part["changes"], rev);
            if part["more"] != true {
                assert_eq!(part["head"].as_u64(), Some(self.rev), "no more, so this is the head: {part}");
                return Ok(());
            }
        }
    }

    fn take_changes(&mut self, changes: &Value, rev: u64) {
        let mut last = 0;
        for change in changes.as_array().unwrap() {
            let at = change["rev"].as_u64().unwrap();
            assert!(at > last && at <= rev, "changes come in the order of their rev: {changes}");
            last = at;
            if at > self.rev && !change["message"].is_null() {
                self.take_message(&change["message"]);
            }
        }
        self.rev = rev;
    }

    fn take_page(&mut self, answer: &Value) {
        let page = answer["messages"].as_array().unwrap();
        assert!(page.is_sorted_by(|a, b| a["seq"].as_u64() < b["seq"].as_u64()), "{answer}");
        for message in page {
            self.take_message(message);
        }
    }

    fn take_message(&mut self, message: &Value) {
        let seq = message["seq"].as_u64().unwrap();
        let known = self.messages.get(&seq).and_then(|known| known["rev"].as_u64());
        if known.is_none_or(|known| message["rev"].as_u64().is_some_and(|rev| rev > known)) {
            self.messages.insert(seq, message.clone());
        }
    }
}

async fn loaded(socket: &Socket, payload: &Value) -> Result<Value, Closed> {
    let answer = socket.ask("room:load", payload).await?;
    assert_eq!(answer["ok"], true, "{answer}");
    Ok(answer)
}
