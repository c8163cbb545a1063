//! Everything that is done. What is done twice is done to others the second time: each pass has a number.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chinwag_model::{Days, Line, MemberRole, Message, Millis, Rev, Role, RoomId, RoomName, UserId, UserName};
use chinwag_store::postgres::PostgresStore;
use chinwag_store::{
    Accounts, Confirmation, Decision, Edit, Entry, FirstProof, Messages, NamedKind, NewInvitation, NewReset,
    NewRoom, NewUser, People, Profile, Proof, Rooms, Sessions, Streams, Upkeep, Use, Which, WorkspaceRules,
};
use uuid::Uuid;

use super::fill::{BIG, Filled};
use super::{HASH, Held, fresh, key, post, session, text};

pub async fn do_everything(held: &mut Held<'_>, pass: usize) {
    to_messages(held).await;
    to_rooms(held, pass).await;
    to_what_is_kept(held).await;
    to_accounts(held, pass).await;
    to_sessions(held, pass).await;
    to_people(held, pass).await;
    to_the_workspace(held).await;
    in_the_background(held).await;
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Somebody to whom nothing else is done, neither a guest nor suspended.
fn somebody(held: &Held<'_>, pass: usize, number: usize) -> UserId {
    held.filled.people[1_000 + 400 * pass + 10 * number]
}

async fn to_messages(held: &mut Held<'_>) {
    let (store, owner) = (held.store.clone(), held.filled.people[0]);
    for number in [0, BIG, 2, 250] {
        let room = held.room(number);
        let one = post(room, owner);
        let posted = held.asks("posting", 1, store.post(one.clone())).await.unwrap();
        held.asks("posting again", 1, store.post(one)).await.unwrap();
        let edit =
            Edit { room: room.id, seq: posted.seq, version: posted.seq, by: owner, text: text("anew") };
        held.asks("editing", 1, store.edit(edit.clone(), Some(fresh()))).await.unwrap();
        held.asks("editing what has changed", 1, store.edit(edit, Some(fresh()))).await.unwrap_err();
        held.asks("deleting", 1, store.delete(room.id, posted.seq, owner, Some(fresh()))).await.unwrap();
        let old = Rev(room.head() - 5);
        held.asks("deleting", 1, store.delete(room.id, old, owner, Some(fresh()))).await.unwrap();
        // Its ten words at most are in the index.
        if let Some(old) = room.head().checked_sub(5_000).filter(|old| *old > 2 * room.members as u64 + 1) {
            held.asks("deleting what is indexed", 10, store.delete(room.id, Rev(old), owner, None))
                .await
                .unwrap();
        }
        // All but the first wait until that is done, and are then written at once.
        let many = (0..257).map(|_| store.post(post(room, owner)));
        let many = futures_util::future::join_all(many);
        for posted in held.asks("posting many", 256, many).await {
            posted.unwrap();
        }
    }
}

async fn to_rooms(held: &mut Held<'_>, pass: usize) {
    let (store, owner) = (held.store.clone(), held.filled.people[0]);
    let newcomer = new_user(held, &format!("Newcomer {pass}"), Role::Member, Entry::Free).await;
    for number in [BIG, 2, 250] {
        let room = held.room(number).id;
        held.asks("joining", 10, store.join(room, newcomer, Some(fresh()))).await.unwrap();
        held.asks(
            "making an owner",
            10,
            store.set_room_role(room, newcomer, MemberRole::Owner, owner, Some(fresh())),
        )
        .await
        .unwrap();
        held.asks(
            "unmaking an owner",
            10,
            store.set_room_role(room, newcomer, MemberRole::Member, owner, None),
        )
        .await
        .unwrap();
        held.asks("leaving", 10, store.leave(room, newcomer, Some(fresh()))).await.unwrap();
        held.asks("bringing in", 10, store.add(room, newcomer, owner, Some(fresh()))).await.unwrap();
        held.asks("removing", 10, store.remove(room, newcomer, owner, Some(fresh()))).await.unwrap();
    }
    let lobby = held.room(0).id;
    held.asks("leaving the lobby", 10, store.leave(lobby, newcomer, None)).await.unwrap();
    let name = RoomName::parse(&format!("Room of pass {pass}")).unwrap();
    let room = NewRoom { id: RoomId(Uuid::now_v7()), name, kind: NamedKind::Open, maker: newcomer };
    let made = held.asks("making a room", 10, store.create_room(room, Some(fresh()))).await.unwrap().room.id;
    let name = RoomName::parse(&format!("Other name of pass {pass}")).unwrap();
    held.asks("renaming", 10, store.rename_room(made, name, newcomer, Some(fresh()))).await.unwrap();
    held.asks("leaving one's own", 10, store.leave(made, newcomer, None)).await.unwrap();
    held.asks("coming back", 10, store.join(made, newcomer, None)).await.unwrap();
    let direct = held.asks("me", 20, store.me(newcomer)).await.unwrap();
    assert_eq!(direct.rooms.len(), 1);
    for _ in 0..2 {
        let others = vec![held.filled.people[60], held.filled.people[70]];
        let open = store.open_direct(RoomId(Uuid::now_v7()), newcomer, others, Some(fresh()));
        held.asks("a conversation", 100, open).await.unwrap();
    }
    held.asks("a page of it", 10, store.me(newcomer)).await.unwrap();
}

/// Some steps in the largest room, whose oldest messages are 35 days old, as if its members had been told yesterday.
async fn to_what_is_kept(held: &mut Held<'_>) {
    let (store, owner) = (held.store.clone(), held.filled.people[0]);
    let room = held.room(BIG).id;
    let days = Some(Days::new(30).unwrap());
    let set = store.set_retention(room, days, owner, Some(fresh()));
    held.asks("setting for how long messages are kept", 10, set).await.unwrap();
    let due =
        "UPDATE chinwag.room SET next_from = 1 WHERE next_from > 1; UPDATE chinwag.retention SET due_at = 1";
    held.postgres.query(due).unwrap();
    for _ in 0..6 {
        // 1,000 changes, or 2,000 words.
        let more = held.asks("removing what is old", 2_000, store.remove_old_messages()).await.unwrap();
        assert!(more.pause.is_some(), "there is much to remove");
    }
    let floor = held.postgres.query(&format!("SELECT floor FROM chinwag.stream WHERE id = '{}'", room.0));
    assert_ne!(floor.unwrap(), "0", "something was removed");
    held.asks("lifting it", 10, store.set_retention(room, None, owner, None)).await.unwrap();
    while held.asks("finishing", 2_000, store.remove_old_messages()).await.unwrap().pause.is_some() {}
}

async fn new_user(held: &mut Held<'_>, name: &str, role: Role, entry: Entry) -> UserId {
    let store = held.store.clone();
    let user = NewUser {
        id: UserId(Uuid::now_v7()),
        name: UserName::parse(name).unwrap(),
        password_hash: (role != Role::Guest).then(|| HASH.into()),
        identity: None,
        role,
        entry,
        session: Some(session(now())),
    };
    held.asks("making an account", 25, store.create_user(user)).await.unwrap().id
}

async fn to_accounts(held: &mut Held<'_>, pass: usize) {
    let (store, owner) = (held.store.clone(), held.filled.people[0]);
    let user = somebody(held, pass, 1);
    let keep = session(now());
    let first = FirstProof::Password { verified: HASH.into(), fresh: Some(HASH.into()) };
    let rehashed = Proof { first, second: None };
    held.asks("signing in", 5, store.create_session(user, rehashed, keep.clone())).await.unwrap();
    held.asks(
        "changing a password",
        10,
        store.change_password(user, Confirmation::password(HASH), HASH.into(), keep.key),
    )
    .await
    .unwrap();
    held.asks("setting a password", 10, store.set_password(user, HASH.into())).await.unwrap();
    let reset = NewReset { user, key: key(), expires_at: Millis(now() + 10_000) };
    held.asks("making a link", 10, store.make_reset(Some(owner), reset.clone())).await.unwrap();
    held.asks("looking at a link", 1, store.reset(reset.key)).await.unwrap();
    held.asks("using a link", 10, store.reset_password(reset.key, HASH.into(), session(now())))
        .await
        .unwrap();
    held.asks("deleting an account", 100, store.delete_account(user, Confirmation::password(HASH), true))
        .await
        .unwrap();
    let guest = new_user(held, &format!("Guest {pass}"), Role::Guest, Entry::Free).await;
    held.asks("ending a guest", 20, store.end_sessions(guest, Which::AllBut(key()))).await.unwrap();
    let invitation = NewInvitation {
        id: Uuid::now_v7(),
        key: key(),
        note: Line::note("for all").unwrap(),
        expires_at: Millis(now() + 100_000),
        most_uses: 9,
    };
    held.asks("making an invitation", 5, store.make_invitation(owner, invitation.clone())).await.unwrap();
    new_user(held, &format!("Invited {pass}"), Role::Member, Entry::Invitation(invitation.key)).await;
    new_user(held, &format!("Made {pass}"), Role::Member, Entry::Operator).await;
    held.asks("revoking an invitation", 5, store.revoke_invitation(owner, invitation.id)).await.unwrap();
}

async fn to_sessions(held: &mut Held<'_>, pass: usize) {
    let store = held.store.clone();
    let (user, many) = (somebody(held, pass, 2), held.filled.people[30]);
    let one = session(now());
    held.asks("signing in", 5, store.create_session(user, Proof::password(HASH), one.clone())).await.unwrap();
    held.asks("signing in often", 101, store.create_session(many, Proof::password(HASH), session(now())))
        .await
        .unwrap();
    held.asks("a session", 1, store.session(one.key)).await.unwrap();
    let used = Use {
        key: one.key,
        expires_at: Millis(now() + 90_000_000),
        device: "Safari".into(),
        address: "192.0.2.2".into(),
    };
    held.asks("using a session", 1, store.use_session(used)).await.unwrap();
    held.asks("ending a session", 2, store.end_session(one.key)).await.unwrap();
    held.asks("ending all sessions", 2, store.end_sessions(user, Which::AllBut(key()))).await.unwrap();
    held.asks("news", 200, store.session_news()).await.unwrap();
    // Some 200 of 500 that are over; and once none is.
    while !held.asks("sweeping", 200, store.sweep_sessions()).await.unwrap().is_empty() {}
}

async fn to_people(held: &mut Held<'_>, pass: usize) {
    let (store, owner) = (held.store.clone(), held.filled.people[0]);
    let user = somebody(held, pass, 3);
    let status = Profile { status: Some(Line::status("at lunch").unwrap()), name: None };
    held.asks("a status", 5, store.change_profile(user, status)).await.unwrap();
    let name = Profile { status: None, name: Some(UserName::parse(&format!("Other Name {pass}")).unwrap()) };
    held.asks("a name", 5, store.change_profile(user, name)).await.unwrap();
    held.asks("a picture", 5, store.set_avatar(user, Some(vec![7; 900]))).await.unwrap();
    held.asks("what small pictures are to be made", 1, store.picture_without_thumbnail()).await.unwrap();
    held.asks("a small picture", 5, store.keep_thumbnail(user, 1, vec![7; 90])).await.unwrap();
    held.asks("no picture", 5, store.set_avatar(user, None)).await.unwrap();
    let decisions = [
        Decision::Mute(Millis(now() + 9_000)),
        Decision::Unmute,
        Decision::Suspend,
        Decision::Restore,
        Decision::SetRole(Role::Owner),
        Decision::SetRole(Role::Member),
    ];
    for decision in decisions {
        let decide = store.decide(Some(owner), user, decision, Line::default());
        held.asks("a decision", 25, decide).await.unwrap();
    }
    let ban = Decision::Ban { remove_messages: true };
    held.asks("a ban", 100, store.decide(Some(owner), user, ban, Line::default())).await.unwrap();
}

async fn to_the_workspace(held: &mut Held<'_>) {
    let (store, owner) = (held.store.clone(), held.filled.people[0]);
    let settings = store.settings().await.unwrap();
    held.asks("settings", 1, store.change_settings(Some(owner), settings)).await.unwrap();
}

/// How many connections of the store do something.
const AT_WORK: &str = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'chinwag' AND state <> 'idle'";

/// A few steps of maintenance, each of which drops a thousand rows of one kind at most, and writes down the words of a
/// chunk.
async fn in_the_background(held: &mut Held<'_>) {
    let store = held.store.clone();
    let postgres = held.postgres;
    let some = async {
        tokio::time::timeout(Duration::from_millis(700), store.maintain()).await.unwrap_err();
        // The step in hand goes on by itself, and is not part of what is asked for next.
        while postgres.query(AT_WORK).unwrap() != "0" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    held.asks("maintenance", 2_000, some).await;
    let store = held.store.clone();
    held.asks("a purge", 1_000, store.purge_messages()).await.unwrap();
}

/// Posts, edits, statuses, comings and goings, as they are all day: each is an update of a row that is there.
pub async fn change_in_place(store: &PostgresStore, filled: &Filled) {
    let owner = filled.people[0];
    for number in 0..300 {
        let room = &filled.rooms[BIG + number % 15];
        let posted = store.post(post(room, owner)).await.unwrap().seq;
        let edit =
            Edit { room: room.id, seq: posted, version: posted, by: owner, text: text("what was meant") };
        store.edit(edit, None).await.unwrap();
        // And now and then one that has been there for a while.
        if number % 3 == 0 {
            let before = Some(Rev(room.head() - number as u64 / 3));
            let page = store.room_page(room.id, owner, before, 1).await.unwrap();
            let Message { seq, rev, author, .. } = page.messages[0].clone();
            let text = text("what was meant is something else");
            // Whoever wrote it may be suspended by now.
            let _ = store.edit(Edit { room: room.id, seq, version: rev, by: author.id, text }, None).await;
        }
    }
    for user in &filled.people[100..400] {
        let status = Profile { status: Some(Line::status("at lunch").unwrap()), name: None };
        // Those who are suspended cannot.
        let _ = store.change_profile(*user, status).await;
    }
    let user = filled.people[100];
    for number in 0..100 {
        let room = filled.rooms[100 + number % 200].id;
        if store.join(room, user, None).await.is_ok() {
            store.leave(room, user, None).await.unwrap();
        }
    }
}
