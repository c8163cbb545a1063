//! What every back end must do, whatever it is made of. A back end's own test file calls `all_tests!` with a way to make an
//! empty store: a function that answers with whatever must be kept as long as the store, and the [`Subject`].

pub mod accounts;
pub mod identities;
pub mod jobs;
pub mod messages;
pub mod nodes;
pub mod pending;
pub mod people;
pub mod retention;
pub mod rooms;
pub mod search;
pub mod second_factors;
pub mod sessions;
pub mod streams;
pub mod tokens;
pub mod workspace;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chinwag_model::change::State;
use chinwag_model::{
    Change, Cursor, Epoch, MessageText, Nonce, Refusal, Rev, Role, RoomId, RoomName, StreamId, User, UserId,
    UserName,
};
use chinwag_store::feed::FeedReceiver;
use chinwag_store::{
    Caught, ChangePage, Entry, NamedKind, NewRoom, NewUser, Once, Post, Posted, Result, Store, StoreError,
};
use futures_util::StreamExt;
use uuid::Uuid;

/// Makes a test of each part of the suite, with an empty store from the function that is named.
macro_rules! all_tests {
    ($fresh:ident) => {
        $crate::suite::all_tests! { $fresh
            accounts {
                names_that_look_alike_are_taken
                everybody_lands_in_the_first_room
                only_the_first_administrator_is_made_by_the_link
                a_new_password_ends_all_sessions
                a_hash_is_made_anew_on_signing_in
                changing_ones_password_keeps_the_session_in_hand
                who_deletes_their_account_is_a_former_member
                messages_go_with_the_account_if_that_was_decided
                the_last_owner_stays
            }
            sessions {
                sessions_begin_move_and_end
                a_session_ends_however_much_it_is_used
                sessions_are_listed_and_ended_one_by_one_or_all
                there_are_only_so_many_sessions
                what_is_over_is_swept_and_guests_with_it
                guests_have_no_password
            }
            tokens {
                a_token_is_a_session_with_scopes
                only_who_has_a_session_makes_a_token
                there_are_only_so_many_tokens
                what_ends_sessions_ends_tokens
                one_key_signs_for_all_who_ask
                scopes_are_kept_as_they_are
            }
            pending {
                what_has_begun_is_ended_once_and_in_time
                there_are_only_so_many_tries
            }
            second_factors {
                a_password_alone_does_not_do
                a_code_is_good_for_once
                a_recovery_code_is_good_for_once
                it_is_set_up_and_removed_by_its_owner
                administrators_take_it_from_who_has_lost_it
                a_link_for_a_new_password_does_not_get_round_it
                who_has_no_password_has_just_signed_in
                it_goes_with_the_account
            }
            identities {
                an_account_is_made_and_signed_in_to_by_one
                who_is_signed_in_links_and_unlinks
                of_two_who_link_the_same_one_has_it
                the_last_way_in_stays
                they_go_with_the_account
            }
            people {
                a_new_name_is_told_and_the_old_one_is_free
                pictures_have_versions
                small_pictures_are_of_the_version_that_there_is
                people_are_listed_in_pages_and_found_by_any_word
                who_is_muted_reads_and_does_not_write
                who_is_suspended_is_out_until_it_is_lifted
                who_is_banned_is_in_no_room
                roles_are_given_from_above
                a_link_for_a_new_password_works_once
                ones_own_messages_are_paged
                a_guest_who_is_suspended_is_gone
                restoring_who_may_be_here_changes_nothing
            }
            workspace {
                an_invitation_is_counted_and_expires_and_is_revoked
                settings_are_kept
                it_is_noted_who_did_what
                all_rooms_are_listed_for_administrators
            }
            rooms {
                a_room_is_made_with_its_maker_in_it
                making_a_room_again_with_its_nonce_makes_it_once
                joining_and_leaving
                owners_and_administrators_remove
                the_maker_is_the_owner_again_after_coming_back
                a_repeated_membership_command_gets_its_first_answer
                the_list_of_rooms_is_paged_by_name
                who_lost_a_room_does_not_own_it_on_coming_back
                a_closed_room_is_for_those_who_are_brought_in
                there_is_one_direct_conversation_for_some_people
                a_direct_conversation_is_opened_once_by_its_nonce
                a_room_gets_another_name
                owners_make_owners
                who_leaves_a_room_to_other_owners_has_no_more_of_it
                a_retry_tells_nothing_to_who_may_not_know_any_more
            }
            messages {
                posts_are_numbered_and_paged
                a_nonce_is_carried_out_once
                many_at_once_and_a_bad_one_fails_alone
                editing_names_the_version
                deleting_leaves_a_place
                strangers_are_told_nothing
            }
            search {
                messages_are_found_by_their_words
                what_is_found_comes_in_pages_newest_first
                what_was_deleted_or_edited_away_is_not_found
                who_may_not_read_does_not_search
                what_somebody_wrote_is_not_found_once_it_was_taken_away
                a_long_history_is_searched_to_its_end
                words_beyond_number_are_found_all_the_same
                it_finds_what_reading_everything_finds
            }
            retention {
                everything_is_kept_unless_somebody_decides_otherwise
                members_are_told_a_day_before
                what_removes_less_holds_at_once_and_takes_back_what_was_told
                owners_and_administrators_set_for_how_long_messages_are_kept
                setting_it_again_with_its_nonce_sets_it_once
                old_messages_go_in_small_steps_and_no_others
                what_is_not_a_message_goes_in_small_steps_as_well
                who_comes_back_is_told_to_load_afresh_or_what_is_left
                what_was_removed_is_not_found_and_all_else_is
                a_rule_that_is_lifted_while_it_is_carried_out_removes_no_more
                a_room_is_looked_at_again_when_its_oldest_message_will_be_too_old
                a_room_whose_messages_are_young_is_looked_at_once_a_day
            }
            streams {
                a_client_that_follows_sees_what_a_fresh_load_shows
                the_feed_carries_every_revision_with_its_nonce
                memberships_are_told_to_the_user
                new_rooms_are_told_to_everybody
                cursors_that_cannot_be_continued_are_reset
                catching_up_comes_in_pages
                nodes_fill_holes_from_any_revision
                nodes_fill_many_holes_at_once
                who_follows_what_is_known_from_one_snapshot
            }
            jobs {
                a_job_is_kept_as_it_was_asked_for
                what_is_due_longest_comes_first
                nothing_comes_before_its_time
                kinds_that_a_worker_does_not_know_stay
                a_lease_excludes_others_until_it_is_over
                a_lease_is_extended
                what_fails_is_tried_later_and_given_up_in_the_end
                what_kills_its_workers_is_given_up
                operators_retry_and_drop
                jobs_are_listed_in_pages_and_counted
                four_workers_share_what_there_is
                what_a_vanished_worker_had_is_done_by_others
                what_is_taken_to_a_broker_is_no_try_and_comes_back_if_it_is_not_finished
                what_a_broker_had_is_put_back_with_its_history
            }
            nodes {
                nodes_come_stay_and_go
                a_node_that_vanished_goes_when_its_time_is_over
                an_address_is_cut_off_and_a_fingerprint_is_whole
            }
        }
    };
    ($fresh:ident $($module:ident { $($name:ident)* })*) => {
        $(mod $module {
            $(#[tokio::test]
            async fn $name() {
                let (_kept, subject) = super::$fresh().await;
                super::suite::$module::$name(subject).await;
            })*
        })*
    };
}
pub(crate) use all_tests;

/// The hash of everybody's password.
pub const HASH: &str = "$argon2id$…";

/// Carries out a statement in the database itself, with the id of the room in place of `ROOM`; answers the first value of what
/// it finds.
pub type Sql = Box<dyn Fn(RoomId, &str) -> String + Send + Sync>;

/// A store under test, with its feed read beside it.
pub struct Subject {
    pub store: Arc<dyn Store>,
    pub feed: Vec<FeedReceiver>,
    sql: Option<Sql>,
}

impl Subject {
    pub fn new(store: Arc<dyn Store>) -> Self {
        let feed = store.take_feed().expect("the feed is given once");
        Self { store, feed, sql: None }
    }

    /// One whose database can be reached beside the store.
    pub fn with_sql(self, sql: impl Fn(RoomId, &str) -> String + Send + Sync + 'static) -> Self {
        Self { sql: Some(Box::new(sql)), ..self }
    }

    /// Carries out a statement about a room in the database itself; see [`Sql`].
    pub fn sql(&self, room: RoomId, sql: &str) -> String {
        self.sql.as_ref().expect("the suite can reach the database")(room, sql)
    }

    /// The number that a statement finds; 0 if it finds nothing.
    pub fn number(&self, room: RoomId, sql: &str) -> u64 {
        self.sql(room, sql).parse().unwrap_or(0)
    }

    /// Everything that was in a room was so many milliseconds earlier, and what is to be done there is due so much sooner.
    pub fn let_pass(&self, room: RoomId, millis: i64) {
        for sql in [
            "UPDATE message SET at = at - PASSED WHERE room = ROOM",
            "UPDATE room SET next_from = next_from - PASSED WHERE id = ROOM",
            "UPDATE retention SET due_at = due_at - PASSED WHERE room = ROOM",
            "UPDATE job SET due_at = due_at - PASSED WHERE kind = 'retention.sweep'",
        ] {
            self.sql(room, &sql.replace("PASSED", &millis.to_string()));
        }
    }

    /// Lets maintenance index a room up to a revision.
    pub async fn index(&self, room: RoomId, below: u64) {
        let indexed = |room| self.number(room, "SELECT below FROM search_room WHERE room = ROOM");
        let store = self.store.clone();
        let maintenance = tokio::spawn(async move { store.maintain().await });
        let begun = std::time::Instant::now();
        while indexed(room) < below {
            assert!(begun.elapsed() < INDEXING, "indexed below {} and not {below}", indexed(room));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        maintenance.abort();
    }

    /// Makes an account.
    pub async fn user(&self, name: &str) -> User {
        self.try_user(name, Role::Member).await.unwrap()
    }

    pub async fn try_user(&self, name: &str, role: Role) -> Result<User> {
        self.store
            .create_user(NewUser {
                id: UserId(Uuid::now_v7()),
                name: UserName::parse(name).unwrap(),
                password_hash: (role != Role::Guest).then(|| HASH.into()),
                identity: None,
                role,
                entry: Entry::Free,
                session: None,
            })
            .await
    }

    /// Makes a room with this maker.
    pub async fn room(&self, name: &str, maker: &User) -> RoomId {
        self.try_room(name, maker, None).await.unwrap()
    }

    pub async fn try_room(&self, name: &str, maker: &User, once: Option<Once>) -> Result<RoomId> {
        self.store.create_room(new_room(name, NamedKind::Open, maker), once).await.map(|made| made.room.id)
    }

    /// Makes a closed room with this maker.
    pub async fn closed_room(&self, name: &str, maker: &User) -> RoomId {
        self.store.create_room(new_room(name, NamedKind::Closed, maker), None).await.unwrap().room.id
    }

    /// Posts with a fresh nonce.
    pub async fn post(&self, room: RoomId, author: &User, text: &str) -> Rev {
        self.try_post(room, author, text, &Uuid::new_v4().to_string()).await.unwrap().seq
    }

    pub async fn try_post(&self, room: RoomId, author: &User, text: &str, nonce: &str) -> Result<Posted> {
        self.store.post(post(room, author, text, nonce)).await
    }

    pub async fn head(&self, stream: impl Into<StreamId>) -> Rev {
        self.store.heads(vec![stream.into()]).await.unwrap().1[0]
    }

    pub async fn changes(&self, stream: impl Into<StreamId>, from: Rev) -> Option<ChangePage> {
        let (_, mut answers) = self.store.changes(vec![(stream.into(), from)]).await.unwrap();
        answers.remove(0).1
    }

    pub fn cursor(&self, rev: u64) -> Cursor {
        Cursor { epoch: self.store.epoch(), rev: Rev(rev) }
    }

    /// What one stream has after a cursor.
    pub async fn caught(&self, user: &User, stream: impl Into<StreamId>, rev: u64) -> Option<Caught> {
        let caught = self.store.sync(user.id, vec![(stream.into(), self.cursor(rev))]).await.unwrap();
        caught.streams.into_iter().next().map(|(_, caught)| caught)
    }

    /// Everything that the feed has not told yet of a stream, up to its head.
    pub async fn told(&mut self, stream: impl Into<StreamId>) -> Vec<Change> {
        self.told_of_epochs(stream).await.into_iter().map(|(_, change)| change).collect()
    }

    /// The same, each with the epoch that it is told to be of.
    pub async fn told_of_epochs(&mut self, stream: impl Into<StreamId>) -> Vec<(Epoch, Change)> {
        let stream = stream.into();
        let head = self.head(stream).await;
        let mut told: Vec<(Epoch, Change)> = Vec::new();
        let shards = futures_util::stream::iter(&mut self.feed)
            .map(|shard| futures_util::stream::poll_fn(|context| shard.poll_recv(context)))
            .flatten_unordered(None);
        let mut shards = std::pin::pin!(shards);
        while told.last().is_none_or(|(_, change)| change.rev < head) {
            let next = tokio::time::timeout(DEADLINE, shards.next()).await;
            let changes = next.expect("the feed tells what was committed").expect("the feed goes on");
            if changes.stream == stream {
                assert_eq!(
                    told.last().map_or(changes.from, |(_, change)| change.rev),
                    changes.from,
                    "no hole"
                );
                told.extend(changes.changes.into_iter().map(|change| (changes.epoch, change)));
            }
        }
        told
    }
}

fn new_room(name: &str, kind: NamedKind, maker: &User) -> NewRoom {
    NewRoom { id: RoomId(Uuid::now_v7()), name: RoomName::parse(name).unwrap(), kind, maker: maker.id }
}

/// How long a room may take to be indexed.
const INDEXING: Duration = Duration::from_secs(60);
/// How long the feed may take to tell what was committed.
const DEADLINE: Duration = Duration::from_secs(10);

pub fn post(room: RoomId, author: &User, text: &str, nonce: &str) -> Post {
    let once = once(nonce, text);
    Post { room, author: author.id, text: MessageText::parse(text.into()).unwrap(), once }
}

pub fn once(nonce: &str, body: &str) -> Once {
    Once::new(Nonce::parse(nonce.into()).unwrap(), &[b"test", body.as_bytes()])
}

/// The refusal that something must be.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(answer: Result<T>) -> Refusal {
    match answer {
        Err(StoreError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// A picture of a room as a client builds it: messages by seq, members by id.
#[derive(Debug, Default, PartialEq)]
pub struct Picture {
    pub messages: BTreeMap<Rev, chinwag_model::Message>,
    pub members: BTreeMap<UserId, chinwag_model::Member>,
}

impl Picture {
    pub fn apply(&mut self, change: Change) {
        match change.state {
            State::Message(message) => {
                self.messages.insert(message.seq, message);
            }
            State::Member(member) => {
                self.members.insert(member.person.id, member);
            }
            State::MemberGone(user) => {
                self.members.remove(&user);
            }
            State::Room(_) | State::Membership { .. } | State::MembershipGone { .. } | State::Person(_) => {}
        }
    }

    /// Loads it afresh, page by page.
    pub async fn load(subject: &Subject, room: RoomId, user: &User) -> Self {
        let mut picture = Self::default();
        let mut before = None;
        loop {
            let page = subject.store.room_page(room, user.id, before, 7).await.unwrap();
            before = page.messages.first().map(|message| message.seq);
            picture.messages.extend(page.messages.into_iter().map(|message| (message.seq, message)));
            if !page.more {
                break;
            }
        }
        let mut after = None;
        loop {
            let page = subject.store.members(room, user.id, after, 3).await.unwrap();
            after = page.members.last().map(|member| member.person.id);
            picture.members.extend(page.members.into_iter().map(|member| (member.person.id, member)));
            if !page.more {
                return picture;
            }
        }
    }
}
