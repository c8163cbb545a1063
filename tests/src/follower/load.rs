//! Loading streams afresh.

use std::collections::BTreeMap;

use chinwag_checker::Event;
use chinwag_checker::picture::{Cursor, RoomPicture};
use chinwag_checker::seen::{Member, Message};
use serde_json::{Value, json};

use super::Follower;
use crate::socket::Closed;

/// Things in a page: few, so that there are pages.
const PAGE: usize = 20;

impl Follower {
    /// Loads what everybody follows, as far as it is not known, and the rooms that one is in.
    pub(super) async fn load_what_is_unknown(&mut self) -> Result<(), Closed> {
        for stream in [self.picture.user.clone(), self.picture.workspace.clone()] {
            if !self.picture.cursors.contains_key(&stream) {
                self.load(&stream).await?;
            }
        }
        self.load_new_rooms().await
    }

    /// Loads the rooms that one has come into.
    pub(super) async fn load_new_rooms(&mut self) -> Result<(), Closed> {
        while let Some(room) = self.picture.unloaded.first().cloned() {
            self.load_room(&room).await?;
        }
        Ok(())
    }

    /// Loads one stream afresh.
    pub(super) async fn load(&mut self, stream: &str) -> Result<(), Closed> {
        if stream == self.picture.user {
            self.load_own().await
        } else if stream == self.picture.workspace {
            self.load_workspace().await
        } else {
            self.load_room(stream).await
        }
    }

    async fn load_own(&mut self) -> Result<(), Closed> {
        let answer = self.look_up("me:load", &json!({})).await?;
        assert_eq!(answer["ok"], true, "{answer}");
        let stream = self.picture.user.clone();
        self.loaded(&stream, &answer, Vec::new());
        let rooms = answer["rooms"].as_array().unwrap().iter();
        let rooms: Vec<String> =
            rooms.map(|entry| entry["room"]["id"].as_str().unwrap().to_owned()).collect();
        let gone: Vec<String> =
            self.picture.rooms.keys().filter(|room| !rooms.contains(room)).cloned().collect();
        for room in gone {
            self.gone(&room);
        }
        let known = &self.picture.rooms;
        self.picture.unloaded = rooms.into_iter().filter(|room| !known.contains_key(room)).collect();
        Ok(())
    }

    async fn load_workspace(&mut self) -> Result<(), Closed> {
        let stream = self.picture.workspace.clone();
        let mut first = None;
        let mut open = BTreeMap::new();
        let mut after = Value::Null;
        loop {
            let answer = self.look_up("workspace:load", &json!({"after": after, "limit": PAGE})).await?;
            assert_eq!(answer["ok"], true, "{answer}");
            for entry in answer["rooms"].as_array().unwrap() {
                let id = entry["room"]["id"].as_str().unwrap().to_owned();
                after = json!(id);
                open.insert(id, entry["room"]["name"].as_str().unwrap().to_owned());
            }
            let more = answer["more"] == true;
            // What changes in earlier pages while later ones are read comes after the first page's cursor.
            let first = first.get_or_insert(answer);
            if !more {
                self.loaded(&stream, first, Vec::new());
                self.picture.open = open;
                return Ok(());
            }
        }
    }

    /// Loads all of a room, and takes it over only then: half of it would never be completed if the connection ended.
    async fn load_room(&mut self, room: &str) -> Result<(), Closed> {
        let mut known = RoomPicture::default();
        let mut first = None;
        let mut shown = Vec::new();
        let mut before = Value::Null;
        loop {
            let page = json!({"room": room, "limit": PAGE, "before": before});
            let answer = self.look_up("room:load", &page).await?;
            if answer["ok"] != true {
                return self.not_in(room, &answer);
            }
            let messages: Vec<Message> = serde_json::from_value(answer["messages"].clone()).unwrap();
            assert!(messages.is_sorted_by(|a, b| a.seq < b.seq), "{answer}");
            messages.iter().for_each(|message| known.message(message));
            before = json!(messages.first().map(|message| message.seq));
            shown.extend(messages);
            let more = answer["more"] == true;
            first.get_or_insert(answer);
            if !more {
                break;
            }
        }
        let mut after = Value::Null;
        loop {
            let page = json!({"room": room, "limit": PAGE, "after": after});
            let answer = self.look_up("room:members", &page).await?;
            if answer["ok"] != true {
                return self.not_in(room, &answer);
            }
            let members: Vec<Member> = serde_json::from_value(answer["members"].clone()).unwrap();
            members.iter().for_each(|member| known.member(member));
            after = json!(members.last().map(|member| &member.id));
            if answer["more"] != true {
                break;
            }
        }
        if let Some(first) = first {
            self.loaded(room, &first, shown);
            self.picture.rooms.insert(room.to_owned(), known);
        }
        Ok(())
    }

    /// Somebody took the room away while it was being loaded; the user's own stream tells the rest.
    fn not_in(&mut self, room: &str, answer: &Value) -> Result<(), Closed> {
        assert_eq!(answer["error"]["code"], "not_a_member", "{answer}");
        self.gone(room);
        Ok(())
    }

    /// Takes over the cursor of a stream that was loaded, and writes down what was shown.
    fn loaded(&mut self, stream: &str, answer: &Value, messages: Vec<Message>) {
        let epoch = answer["cursor"]["epoch"].as_str().unwrap().to_owned();
        let rev = answer["cursor"]["rev"].as_u64().unwrap();
        self.picture.loaded(stream, Cursor { epoch: epoch.clone(), rev });
        self.history.events.push(Event::Loaded { stream: stream.to_owned(), epoch, rev, messages });
    }
}
