//! Somebody who does all that can be done, at random.

use std::sync::Arc;

use chinwag_model::{MemberRole, Refusal, Rev, Role, RoomId, RoomName, UserId, UserName};
use chinwag_store::{
    Confirmation, Decision, Edit, Entry, NamedKind, NewInvitation, NewReset, NewUser, Post, Profile, Proof,
    Result, Store, StoreError, Use, Which,
};
use chinwag_tests::random::Random;
use tokio::time::timeout;
use uuid::Uuid;

use super::world::{
    HASH, MOST_ROOMS, Posted, World, far, key, line, new_room, new_session, new_user, once, text,
};
use super::{Answers, PATIENCE};

/// Names for people and rooms: so few that they are often taken.
const NAMES: u64 = 40;

/// Somebody.
pub(super) struct Writer {
    number: usize,
    world: Arc<World>,
    /// Of each node. They use any.
    stores: Vec<Arc<dyn Store>>,
    random: Random,
    said: u64,
    /// Where they think they are.
    rooms: Vec<RoomId>,
    /// Rooms that they made.
    made: Vec<RoomId>,
    /// Messages of their own, with their versions.
    messages: Vec<(RoomId, Rev, Rev)>,
    pub(super) answers: Answers,
    pub(super) posts: Vec<Posted>,
}

impl Writer {
    pub(super) fn new(number: usize, world: Arc<World>, stores: Vec<Arc<dyn Store>>, random: Random) -> Self {
        let (rooms, made) = (Vec::new(), Vec::new());
        let (answers, messages, posts) = (Answers::new(), Vec::new(), Vec::new());
        Self { number, world, stores, random, said: 0, rooms, made, messages, answers, posts }
    }

    /// Does so many things, one after the other.
    pub(super) async fn write(mut self, steps: u64) -> Self {
        for _ in 0..steps {
            let store = self.random.pick(&self.stores).cloned().unwrap();
            let (what, answer) = timeout(PATIENCE, self.act(&*store))
                .await
                .unwrap_or_else(|_| panic!("somebody has waited for {PATIENCE:?} and is not answered"));
            let answer = match answer {
                Ok(()) => "done",
                Err(StoreError::Refused(refusal)) => refusal.code(),
                Err(error) => panic!("{what} is neither carried out nor refused: {error}"),
            };
            *self.answers.entry((what, answer)).or_default() += 1;
            if answer == "suspended" && self.random.below(3) == 0 {
                // Who can do nothing any more comes as somebody else.
                self.begin_anew(&*store).await.unwrap();
            }
        }
        // Stores end when nobody has them any more.
        self.stores.clear();
        self
    }

    fn me(&self) -> UserId {
        self.world.writers.lock().unwrap()[self.number]
    }

    fn somebody(&mut self) -> UserId {
        let people = self.world.people.lock().unwrap();
        *self.random.pick(&people).unwrap()
    }

    fn writer(&mut self) -> UserId {
        let writers = self.world.writers.lock().unwrap();
        *self.random.pick(&writers).unwrap()
    }

    fn room(&mut self) -> RoomId {
        let rooms = self.world.rooms.lock().unwrap();
        *self.random.pick(&rooms).unwrap()
    }

    /// Most often one that they are in.
    fn own_room(&mut self) -> RoomId {
        match self.random.pick(&self.rooms).copied() {
            Some(room) if self.random.below(12) > 0 => room,
            _ => self.room(),
        }
    }

    /// One in which they may keep order, as far as they know.
    fn room_to_keep(&mut self) -> RoomId {
        match self.random.pick(&self.made).copied() {
            Some(room) if self.random.below(4) > 0 => room,
            _ => self.own_room(),
        }
    }

    /// They are in a room now, or are not, by what they were answered.
    fn is_in<T>(&mut self, room: RoomId, answer: Result<T>) -> Result<()> {
        match &answer {
            Ok(_) if !self.rooms.contains(&room) => self.rooms.push(room),
            Err(StoreError::Refused(Refusal::NotAMember | Refusal::RoomUnknown)) => {
                self.rooms.retain(|known| *known != room);
            }
            _ => {}
        }
        answer.map(drop)
    }

    fn nonce(&mut self) -> String {
        self.said += 1;
        format!("{}-{}", self.number, self.said)
    }

    fn name(&mut self, kind: &str) -> String {
        format!("{kind} {}", self.random.below(NAMES))
    }

    async fn act(&mut self, store: &dyn Store) -> (&'static str, Result<()>) {
        match self.random.below(100) {
            0..26 => ("post", self.post(store).await),
            26..31 => ("edit", self.edit(store).await),
            31..34 => ("delete", self.delete(store).await),
            34..60 => self.move_about(store).await,
            60..68 => self.keep_rooms(store).await,
            68..76 => self.keep_order(store).await,
            76..82 => self.change_oneself(store).await,
            82..92 => self.use_sessions(store).await,
            92..98 => self.come_and_go(store).await,
            _ => self.invite(store).await,
        }
    }

    async fn post(&mut self, store: &dyn Store) -> Result<()> {
        let (room, author, nonce) = (self.own_room(), self.me(), self.nonce());
        let said = format!("{nonce} says something");
        let post = Post { room, author, text: text(&said), once: once(&nonce) };
        let posted = store.post(post.clone()).await;
        self.is_in(room, posted.clone())?;
        let posted = posted?;
        assert!(!posted.repeated, "{nonce} is posted for the first time");
        if self.random.below(4) == 0 {
            // Over any node a second try is told of the first, unless they may not be here any more.
            let other = self.random.pick(&self.stores).cloned().unwrap();
            let again = other.post(post).await?;
            assert_eq!((again.seq, again.repeated), (posted.seq, true), "{nonce} is posted once");
        }
        self.messages.push((room, posted.seq, posted.seq));
        self.posts.push(Posted { room, seq: posted.seq, author, text: said });
        Ok(())
    }

    async fn edit(&mut self, store: &dyn Store) -> Result<()> {
        let (by, nonce) = (self.me(), self.nonce());
        let Some((room, seq, version)) = self.random.pick(&self.messages).copied() else { return Ok(()) };
        let said = text(&format!("{nonce} says something else"));
        let rev = store.edit(Edit { room, seq, version, by, text: said }, Some(once(&nonce))).await?;
        self.messages.retain(|(known, other, _)| (*known, *other) != (room, seq));
        self.messages.push((room, seq, rev));
        Ok(())
    }

    async fn delete(&mut self, store: &dyn Store) -> Result<()> {
        let (by, nonce) = (self.me(), self.nonce());
        let Some((room, seq, _)) = self.random.pick(&self.messages).copied() else { return Ok(()) };
        store.delete(room, seq, by, Some(once(&nonce))).await.map(drop)
    }

    /// Comes, goes, brings in and throws out.
    async fn move_about(&mut self, store: &dyn Store) -> (&'static str, Result<()>) {
        let (me, other, nonce) = (self.me(), self.somebody(), self.nonce());
        let once = Some(once(&nonce));
        match self.random.below(26) {
            0..12 => {
                let room = self.room();
                let joined = store.join(room, me, once).await;
                ("join", self.is_in(room, joined))
            }
            12..15 => {
                let room = self.own_room();
                let left = store.leave(room, me, once).await;
                self.rooms.retain(|known| *known != room);
                ("leave", left.map(drop))
            }
            15..18 => {
                let (room, other) = (self.room_to_keep(), self.writer());
                let removed = store.remove(room, other, me, once).await;
                ("remove", self.is_in(room, removed))
            }
            18..22 => {
                let room = self.own_room();
                let added = store.add(room, other, me, once).await;
                ("add", self.is_in(room, added))
            }
            _ => {
                let count = 1 + self.random.below(3);
                let others = (0..count).map(|_| self.writer()).collect();
                let opened = store.open_direct(RoomId(Uuid::now_v7()), me, others, once).await;
                ("open direct", opened.map(|opened| self.rooms.push(opened.room.id)))
            }
        }
    }

    async fn keep_rooms(&mut self, store: &dyn Store) -> (&'static str, Result<()>) {
        let (room, me, other, nonce) = (self.room_to_keep(), self.me(), self.writer(), self.nonce());
        let (name, once) = (self.name("room"), Some(once(&nonce)));
        let is_full = self.world.rooms.lock().unwrap().len() >= MOST_ROOMS;
        match self.random.below(8) {
            0..3 => {
                let role = if self.random.below(2) == 0 { MemberRole::Owner } else { MemberRole::Member };
                let set = store.set_room_role(room, other, role, me, once).await;
                ("set room role", self.is_in(room, set))
            }
            6..8 if !is_full => {
                let kind = if self.random.below(2) == 0 { NamedKind::Open } else { NamedKind::Closed };
                let made = store.create_room(new_room(&name, me, kind), once).await;
                let made = made.map(|made| {
                    self.rooms.push(made.room.id);
                    self.made.push(made.room.id);
                    self.world.rooms.lock().unwrap().push(made.room.id);
                });
                ("create room", made)
            }
            _ => {
                let renamed = store.rename_room(room, RoomName::parse(&name).unwrap(), me, once).await;
                ("rename room", self.is_in(room, renamed))
            }
        }
    }

    /// Decides about somebody, as themselves or at the command line.
    async fn keep_order(&mut self, store: &dyn Store) -> (&'static str, Result<()>) {
        let by = if self.random.below(2) == 0 { Some(self.me()) } else { None };
        let user = self.somebody();
        let (what, decision) = match self.random.below(12) {
            0 => ("mute", Decision::Mute(far())),
            1..3 => ("unmute", Decision::Unmute),
            3 => ("suspend", Decision::Suspend),
            4 => ("ban", Decision::Ban { remove_messages: false }),
            5 => ("ban wholly", Decision::Ban { remove_messages: true }),
            6..10 => ("restore", Decision::Restore),
            _ => {
                let roles = [Role::Member, Role::Moderator, Role::Administrator, Role::Owner];
                ("set role", Decision::SetRole(*self.random.pick(&roles).unwrap()))
            }
        };
        (what, store.decide(by, user, decision, line("because")).await.map(drop))
    }

    async fn change_oneself(&mut self, store: &dyn Store) -> (&'static str, Result<()>) {
        let (me, name) = (self.me(), self.name("Somebody"));
        match self.random.below(6) {
            0..3 => {
                let name = Some(UserName::parse(&name).unwrap());
                ("change name", store.change_profile(me, Profile { name, status: None }).await.map(drop))
            }
            3 => {
                let profile = Profile { name: None, status: Some(line(&format!("like {name}"))) };
                ("change status", store.change_profile(me, profile).await.map(drop))
            }
            4 => ("set avatar", store.set_avatar(me, Some(vec![1, 2, 3])).await.map(drop)),
            _ => ("unset avatar", store.set_avatar(me, None).await.map(drop)),
        }
    }

    async fn use_sessions(&mut self, store: &dyn Store) -> (&'static str, Result<()>) {
        let me = self.me();
        let known = self.random.pick(&self.world.sessions.lock().unwrap()).copied();
        match self.random.below(12) {
            0..4 => {
                let session = new_session(&mut self.random);
                let begun = session.key;
                let done = store.create_session(me, Proof::password(HASH), session).await;
                ("sign in", done.map(|_| self.world.sessions.lock().unwrap().push(begun)))
            }
            4..7 => {
                let Some(key) = known else { return ("use session", Ok(())) };
                let used = Use { key, expires_at: far(), device: "Other".into(), address: "::1".into() };
                ("use session", store.use_session(used).await.map(drop))
            }
            7 => {
                let Some(key) = known else { return ("sign out", Ok(())) };
                ("sign out", store.end_session(key).await.map(drop))
            }
            8 => {
                let keep = known.unwrap_or_else(key);
                ("sign out others", store.end_sessions(me, Which::AllBut(keep)).await.map(drop))
            }
            9 => ("sweep", store.sweep_sessions().await.map(drop)),
            10 => {
                let (hash, keep) = (HASH.to_owned(), known.unwrap_or_else(key));
                (
                    "change password",
                    store
                        .change_password(me, Confirmation::password(hash.clone()), hash, keep)
                        .await
                        .map(drop),
                )
            }
            _ => {
                let user = self.somebody();
                ("set password", store.set_password(user, HASH.to_owned()).await.map(drop))
            }
        }
    }

    /// Accounts begin and end.
    async fn come_and_go(&mut self, store: &dyn Store) -> (&'static str, Result<()>) {
        let me = self.me();
        match self.random.below(6) {
            0 => {
                let remove = self.random.below(2) == 0;
                let gone = store.delete_account(me, Confirmation::password(HASH), remove).await;
                let done = match gone {
                    Ok(_) => self.begin_anew(store).await,
                    Err(error) => Err(error),
                };
                ("delete account", done)
            }
            1 => ("sign up", self.begin_anew(store).await),
            2..4 => {
                let session = new_session(&mut self.random);
                let key = session.key;
                let name = format!("Guest {}", Uuid::new_v4().simple());
                let guest = NewUser {
                    role: Role::Guest,
                    password_hash: None,
                    session: Some(session),
                    ..new_user(&name[..20], Entry::Free)
                };
                let come = store.create_user(guest).await.map(|guest| {
                    self.world.people.lock().unwrap().push(guest.id);
                    self.world.sessions.lock().unwrap().push(key);
                });
                ("come as guest", come)
            }
            4 => {
                let (by, user) = (Some(me), self.somebody());
                (
                    "make reset",
                    store.make_reset(by, NewReset { user, key: key(), expires_at: far() }).await.map(drop),
                )
            }
            _ => {
                let (user, key) = (self.somebody(), key());
                let made = store.make_reset(None, NewReset { user, key, expires_at: far() }).await;
                let session = new_session(&mut self.random);
                let reset = match made {
                    Ok(_) => store.reset_password(key, HASH.to_owned(), session).await.map(drop),
                    Err(error) => Err(error),
                };
                ("reset password", reset)
            }
        }
    }

    async fn begin_anew(&mut self, store: &dyn Store) -> Result<()> {
        let nonce = self.nonce();
        let user = store.create_user(new_user(&format!("Writer {nonce}"), Entry::Free)).await?;
        self.world.people.lock().unwrap().push(user.id);
        self.world.writers.lock().unwrap()[self.number] = user.id;
        self.messages.clear();
        self.rooms.clear();
        self.made.clear();
        Ok(())
    }

    async fn invite(&mut self, store: &dyn Store) -> (&'static str, Result<()>) {
        let me = self.me();
        let known = self.random.pick(&self.world.invitations.lock().unwrap()).copied();
        match (known, self.random.below(4)) {
            (Some((_, key)), 1..3) => {
                let nonce = self.nonce();
                let user = new_user(&format!("Invited {nonce}"), Entry::Invitation(key));
                let come = store.create_user(user).await;
                ("come invited", come.map(|user| self.world.people.lock().unwrap().push(user.id)))
            }
            (Some((id, _)), 3) => ("revoke", store.revoke_invitation(me, id).await),
            _ => {
                let (id, key, expires_at) = (Uuid::now_v7(), key(), far());
                let new = NewInvitation { id, key, note: line("for the team"), expires_at, most_uses: 3 };
                let made = store.make_invitation(me, new).await;
                ("invite", made.map(|()| self.world.invitations.lock().unwrap().push((id, key))))
            }
        }
    }
}
