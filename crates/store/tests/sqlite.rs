//! The SQLite back end: the suite of all back ends, and what is its own.
#![allow(unreachable_pub, reason = "the suite is shared by the test files of all back ends")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod backups;
mod suite;

use std::sync::Arc;

use chinwag_store::sqlite::{OpenError, Options, SqliteStore};
use chinwag_store::{StoreError, Streams};
use suite::Subject;
use tempfile::TempDir;

/// An empty store; its folder goes with it.
fn fresh() -> (TempDir, Subject) {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    (folder, Subject::new(store))
}

fn open(folder: &TempDir) -> Arc<SqliteStore> {
    SqliteStore::open(folder.path(), &Options::default()).unwrap()
}

macro_rules! suite {
    ($($module:ident { $($name:ident)* })*) => {
        $(mod $module {
            $(#[tokio::test]
            async fn $name() {
                let (_folder, subject) = super::fresh();
                super::suite::$module::$name(subject).await;
            })*
        })*
    };
}

suite! {
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
    people {
        a_new_name_is_told_and_the_old_one_is_free
        pictures_have_versions
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
    streams {
        a_client_that_follows_sees_what_a_fresh_load_shows
        the_feed_carries_every_revision_with_its_nonce
        memberships_are_told_to_the_user
        new_rooms_are_told_to_everybody
        cursors_that_cannot_be_continued_are_reset
        catching_up_comes_in_pages
        nodes_fill_holes_from_any_revision
        who_follows_what_is_known_from_one_snapshot
    }
}

macro_rules! backups {
    ($($name:ident)*) => {
        mod of_backups {
            $(#[tokio::test]
            async fn $name() {
                let (folder, subject) = super::backups::fresh();
                super::backups::$name(folder, subject).await;
            })*
        }
    };
}

backups! {
    everything_is_in_a_backup_and_nothing_later
    a_restore_begins_one_other_epoch
    what_was_restored_starts_and_is_backed_up_at_once
    only_an_empty_folder_that_nobody_uses_is_restored_into
    what_a_killed_restore_left_is_no_hindrance
    a_restore_that_is_stopped_leaves_nothing
}

#[tokio::test]
async fn everything_is_there_after_closing_and_opening() {
    let (folder, subject) = fresh();
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let seq = subject.post(room, &ann, "hello").await;
    let epoch = subject.store.epoch();
    subject.store.close().await;
    assert!(matches!(subject.try_post(room, &ann, "x", "n").await, Err(StoreError::Busy)));

    let again = Subject::new(open(&folder));
    assert_eq!(again.store.epoch(), epoch);
    assert_eq!(again.head(room).await, seq);
    assert_eq!(again.post(room, &ann, "more").await, seq.next());
}

#[tokio::test]
async fn a_restored_copy_begins_another_epoch() {
    let (folder, subject) = fresh();
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let epoch = subject.store.epoch();
    subject.store.close().await;
    let database = folder.path().join("chinwag.db");
    let copy = std::fs::read(&database).unwrap();

    let ahead = Subject::new(open(&folder));
    assert_eq!(ahead.store.epoch(), epoch, "the same file");
    let seen = ahead.post(room, &ann, "after the copy").await;
    let cursor = ahead.cursor(seen.0);
    ahead.store.close().await;

    for file in ["chinwag.db", "chinwag.db-wal", "chinwag.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(file));
    }
    std::fs::write(&database, copy).unwrap();
    let restored = Subject::new(open(&folder));
    assert_ne!(restored.store.epoch(), epoch);
    restored.post(room, &ann, "another").await;
    let caught = restored.store.sync(ann.id, vec![(room.into(), cursor)]).await.unwrap();
    assert!(matches!(caught.streams[..], [(_, chinwag_store::Caught::Reset)]));
    restored.store.close().await;
    assert_eq!(open(&folder).epoch(), restored.store.epoch(), "once");
}

#[tokio::test]
async fn a_folder_belongs_to_one_process() {
    let (folder, subject) = fresh();
    let second = SqliteStore::open(folder.path(), &Options::default());
    assert!(matches!(second, Err(OpenError::InUse(_))));
    subject.store.close().await;
    open(&folder);
}

#[tokio::test]
async fn what_is_not_ours_or_newer_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("chinwag.db");
    std::fs::write(&path, "not a database, and long enough to be looked at".repeat(50)).unwrap();
    let opened = SqliteStore::open(folder.path(), &Options::default());
    assert!(matches!(opened, Err(OpenError::Database { .. })), "{:?}", opened.err());

    std::fs::remove_file(&path).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE theirs (x)").unwrap();
    drop(other);
    let opened = SqliteStore::open(folder.path(), &Options::default());
    assert!(matches!(opened, Err(OpenError::Foreign(_))), "{:?}", opened.err());

    std::fs::remove_file(&path).unwrap();
    open(&folder).close().await;
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer.execute_batch("PRAGMA user_version = 999").unwrap();
    drop(newer);
    let opened = SqliteStore::open(folder.path(), &Options::default());
    assert!(matches!(opened, Err(OpenError::Newer { found: 999, .. })), "{:?}", opened.err());
}

#[tokio::test]
async fn the_log_is_checkpointed_beside_the_writer() {
    let (folder, subject) = fresh();
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let database = folder.path().join("chinwag.db");
    let before = std::fs::metadata(&database).unwrap().len();
    let text = "x".repeat(8_000);
    for _ in 0..40 {
        let posts = (0..16).map(|_| subject.post(room, &ann, &text));
        futures_util::future::join_all(posts).await;
    }
    // 5 MB were posted; the thread is told after each commit, so some of it is in the database by now or soon.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while std::fs::metadata(&database).unwrap().len() < before + 1_000_000 {
        assert!(std::time::Instant::now() < deadline, "nothing was checkpointed");
        subject.post(room, &ann, "x").await;
    }
}
