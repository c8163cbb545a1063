//! Everything that is asked.

use chinwag_model::{Cursor, Query, Rev, SessionKey, StreamId, UserId, UserName};
use chinwag_store::{Accounts, Messages, People, Rooms, Sessions, Streams, WorkspaceRules};
use chinwag_store::{After, Listed, SYNC_CHANGES, Search};
use uuid::Uuid;

use super::Held;
use super::fill::{BIG, DIRECT};

/// A page of what comes in pages.
const PAGE: usize = 50;

pub async fn ask_everything(held: &mut Held<'_>) {
    of_rooms(held).await;
    of_searches(held).await;
    of_streams(held).await;
    of_people(held).await;
    of_the_workspace(held).await;
}

async fn of_rooms(held: &mut Held<'_>) {
    let (store, owner) = (held.store.clone(), held.filled.people[0]);
    for number in [0, BIG, 2, 250] {
        let room = held.room(number);
        held.asks("the newest page", PAGE, store.room_page(room.id, owner, None, PAGE)).await.unwrap();
        let deep = Rev(room.head() - room.texts as u64 / 2);
        held.asks("a page", PAGE, store.room_page(room.id, owner, Some(deep), PAGE)).await.unwrap();
        held.asks("members", PAGE, store.members(room.id, owner, None, PAGE)).await.unwrap();
        let after = Some(held.filled.people[4_000]);
        held.asks("members", PAGE, store.members(room.id, owner, after, PAGE)).await.unwrap();
    }
    // The lines about members are about two people each.
    let lines = Some(Rev(3_000));
    held.asks("a page of lines", PAGE, store.room_page(held.room(BIG).id, owner, lines, PAGE)).await.unwrap();
    let stranger = held.filled.people[4_321];
    let direct = held.room(DIRECT).id;
    held.asks("a page for a stranger", PAGE, store.room_page(direct, stranger, None, PAGE))
        .await
        .unwrap_err();
    // The first page holds a conversation of theirs, and whom it is with.
    held.asks("me", 300, store.me(owner)).await.unwrap();
    held.asks("me", 100, store.me(stranger)).await.unwrap();
    // Which of them are one's own may be found out from all of those.
    held.asks("open rooms", 300, store.workspace_page(owner, None, PAGE)).await.unwrap();
    let after = Some(held.room(302).id);
    held.asks("open rooms", PAGE, store.workspace_page(stranger, after, PAGE)).await.unwrap();
}

/// A search goes through so much and no more: 64 messages or 64 chunks with one statement, and in these at most as many
/// words with one beginning as are given here. It sorts no more than the page that it answers.
async fn of_searches(held: &mut Held<'_>) {
    let (store, owner) = (held.store.clone(), held.filled.people[0]);
    // Common words, and rare ones; beginnings of few words, and of a tenth of all that there are; old and new; nowhere.
    for (text, rows) in [
        ("message", PAGE),
        ("so on and", PAGE),
        ("and 4999", PAGE + 20),
        ("123456", PAGE + 64),
        ("1234567", 64),
        ("99 message", 64),
        ("nowhere message", 64),
        ("49", 4_096),
        ("m", PAGE),
        ("1", 4_096),
    ] {
        for number in [BIG, 2, 250] {
            let room = held.room(number);
            for before in [None, Some(Rev(room.head() / 2))] {
                let query = Query::parse(text).unwrap();
                let search = Search { room: room.id, by: owner, query, before, limit: PAGE };
                held.asks(&format!("searching for {text}"), rows, store.search(search)).await.unwrap();
            }
        }
    }
    let big = held.room(BIG).id;
    let query = Query::parse("250000").unwrap();
    let search = Search { room: big, by: owner, query, before: None, limit: PAGE };
    let found = held.asks("searching for one", 64, store.search(search)).await.unwrap();
    assert_eq!(found.messages[0].text(), Some("message 250000 and so on and so on and so on and so on"));
}

async fn of_streams(held: &mut Held<'_>) {
    let (store, owner) = (held.store.clone(), held.filled.people[0]);
    let epoch = store.epoch();
    let cursor = |rev| Cursor { epoch, rev: Rev(rev) };
    let rooms: Vec<StreamId> = held.filled.rooms[..300].iter().map(|room| room.id.into()).collect();
    let (_, heads) = store.heads(rooms.clone()).await.unwrap();
    let behind = |count: usize, by: u64| -> Vec<(StreamId, Cursor)> {
        let heads = rooms.iter().zip(&heads).take(count);
        heads.map(|(room, head)| (*room, cursor(head.0.saturating_sub(by)))).collect()
    };
    let (one, twenty, many) = (behind(2, 400_000), behind(20, 5), behind(300, 1));
    held.asks("sync of twenty", 100, store.sync(owner, twenty)).await.unwrap();
    held.asks("sync of all", 300, store.sync(owner, many)).await.unwrap();
    held.asks("sync of one far behind", SYNC_CHANGES, store.sync(owner, one)).await.unwrap();
    // Members, memberships, and people.
    let early = Cursor { epoch, rev: Rev(1) };
    let mut own: Vec<(StreamId, Cursor)> = vec![(owner.into(), cursor(100)), (store.workspace(), early)];
    held.asks("sync of one's own", SYNC_CHANGES, store.sync(owner, own.clone())).await.unwrap();
    own.remove(0);
    held.asks("sync of the workspace", SYNC_CHANGES, store.sync(owner, own)).await.unwrap();
    let big = StreamId::from(held.room(BIG).id);
    for from in [3, 3_000, 300_000] {
        held.asks("changes", SYNC_CHANGES, store.changes(vec![(big, Rev(from))])).await.unwrap();
    }
    let few = rooms.iter().zip(&heads).take(300).map(|(room, head)| (*room, head.previous())).collect();
    held.asks("changes of many", 300, store.changes(few)).await.unwrap();
    let streams: Vec<StreamId> = held.filled.people.iter().map(|id| StreamId::from(*id)).collect();
    held.asks("heads", 5_000, store.heads(streams)).await.unwrap();
    let few = held.filled.rooms[..20].iter().map(|room| room.id.into()).collect();
    held.asks("heads of few", 20, store.heads(few)).await.unwrap();
    held.asks("what one follows", 300, store.followed(vec![owner])).await.unwrap();
    let many: Vec<UserId> = held.filled.people[1_000..2_000].to_vec();
    // Each is in some 15 rooms.
    held.asks("what many follow", 15_000, store.followed(many)).await.unwrap();
    held.asks("news", 10, store.session_news()).await.unwrap();
}

async fn of_people(held: &mut Held<'_>) {
    let (store, owner, other) = (held.store.clone(), held.filled.people[0], held.filled.people[30]);
    let name = UserName::parse("Anna Anna").unwrap();
    held.asks("who signs in", 1, store.credentials(&name)).await.unwrap();
    held.asks("whose password", 1, store.credentials_of(other)).await.unwrap();
    held.asks("the administrators", 20, store.has_administrator()).await.unwrap();
    held.asks("a picture", 1, store.avatar(other)).await.unwrap();
    held.asks("a small picture", 1, store.thumbnail(other)).await.unwrap();
    held.asks("a person", 1, store.person(other)).await.unwrap();
    held.asks("an account", 1, store.account(Some(owner), other)).await.unwrap();
    for text in ["", "a", "anna", "anna b", "zzz"] {
        held.asks("searching people", PAGE, store.search_people(other, text, PAGE)).await.unwrap();
        let (mut after, mut pages) = (None, 0);
        loop {
            let listed = Listed::Named(text.into());
            let page = store.accounts(Some(owner), listed, after, PAGE);
            after = held.asks("accounts by name", PAGE, page).await.unwrap().next;
            pages += 1;
            if after.is_none() || pages == 4 {
                break;
            }
        }
    }
    for listed in [Listed::All, Listed::Restricted, Listed::Staff] {
        for key in [None, Some("kana")] {
            let after = key.map(|key| After { key: key.into(), id: Uuid::nil() });
            let page = store.accounts(Some(owner), listed.clone(), after, PAGE);
            held.asks("accounts", PAGE, page).await.unwrap();
        }
    }
    held.asks("a session", 1, store.session(super::key())).await.unwrap();
    held.asks("sessions", 2, store.sessions(owner)).await.unwrap();
    held.asks("a hundred sessions", 100, store.sessions(other)).await.unwrap();
    held.asks("a link", 1, store.reset(SessionKey([1; 32]))).await.unwrap();
    let room = held.room(500).id;
    for author in [owner, other, held.filled.people[4_999]] {
        for after in [None, Some((room, Rev(1)))] {
            held.asks("one's own messages", PAGE, store.own_messages(author, after, PAGE)).await.unwrap();
        }
    }
}

async fn of_the_workspace(held: &mut Held<'_>) {
    let (store, owner, other) = (held.store.clone(), held.filled.people[0], held.filled.people[30]);
    held.asks("invitations", PAGE, store.invitations(owner, None, PAGE)).await.unwrap();
    let middle = Some(Uuid::from_u128(0x7000_8000_0000_0000_0400));
    held.asks("invitations", PAGE, store.invitations(owner, middle, PAGE)).await.unwrap();
    held.asks("an invitation", 1, store.invitation(super::key())).await.unwrap();
    held.asks("settings", 1, store.settings()).await.unwrap();
    held.asks("who may see settings", 1, store.may_see_settings(owner)).await.unwrap();
    for about in [None, Some(owner), Some(other)] {
        for before in [None, Some(20_000)] {
            let page = store.audit(owner, about, before, PAGE);
            held.asks("who did what", 2 * PAGE, page).await.unwrap();
        }
    }
    for text in [None, Some("a"), Some("team"), Some("anna b"), Some("zzz")] {
        let mut after = None;
        for _ in 0..4 {
            let page = store.room_list(owner, text.map(str::to_owned), after, PAGE);
            after = held.asks("all rooms", PAGE, page).await.unwrap().next;
            if after.is_none() {
                break;
            }
        }
    }
}
