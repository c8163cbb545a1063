//! Rooms that do not keep everything. Nobody waits for a day here: a room's past is moved back in the database.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chinwag_model::change::State;
use chinwag_model::retention::NOTICE;
use chinwag_model::{Body, Days, Line, Message, MessageText, Millis, Refusal, Rev, Role, Room, RoomId, User};
use chinwag_store::{Caught, Decision, Edit, Job, JobKind, JobState, Result};
use uuid::Uuid;

use super::search::{fill, post_all, texts};
use super::{Picture, Subject, once, post, refused};

/// An hour, in milliseconds.
const HOUR: i64 = 3_600_000;
/// A day, in milliseconds.
const DAY: i64 = 24 * HOUR;
/// Most messages that one step removes.
const STEP: u64 = 500;
/// Most changes that one step removes.
const CHANGES: u64 = 1_000;

fn days(days: u32) -> Option<Days> {
    Some(Days::new(days).unwrap())
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

async fn set(subject: &Subject, room: RoomId, keep: Option<u32>, by: &User) -> Result<Rev> {
    subject.store.set_retention(room, keep.and_then(days), by.id, None).await
}

/// A rule that holds already.
async fn keep(subject: &Subject, room: RoomId, number: u32, by: &User) {
    set(subject, room, Some(number), by).await.unwrap();
    subject.let_pass(room, DAY + HOUR);
}

/// A step. Whether there is more to do.
async fn step(subject: &Subject, steps: &mut usize) -> bool {
    *steps += 1;
    assert!(*steps < 200, "it comes to no end");
    subject.store.remove_old_messages().await.unwrap().pause.is_some()
}

/// Goes on until nothing more is to be removed; how many steps there was something to do.
async fn sweep(subject: &Subject) -> usize {
    let mut steps = 0;
    while step(subject, &mut steps).await {}
    steps - 1
}

async fn data(subject: &Subject, room: RoomId, by: &User) -> Room {
    subject.store.room_page(room, by.id, None, 1).await.unwrap().room
}

async fn history(subject: &Subject, room: RoomId, by: &User) -> Vec<Message> {
    Picture::load(subject, room, by).await.messages.into_values().collect()
}

/// What was written there, and is there still.
async fn written(subject: &Subject, room: RoomId, by: &User) -> Vec<String> {
    let messages = history(subject, room, by).await;
    messages.iter().filter_map(|message| message.text().map(str::to_owned)).collect()
}

/// Up to where a room's changes were removed, with a look at whether each above that exists once.
async fn floor(subject: &Subject, room: RoomId) -> u64 {
    let floor = subject.number(room, "SELECT floor FROM stream WHERE id = ROOM");
    let head = subject.head(room).await.0;
    let count = "SELECT count(*) FROM change WHERE stream = ROOM";
    assert_eq!(subject.number(room, count), head - floor, "each revision above the floor is there once");
    if head > floor {
        assert_eq!(subject.number(room, "SELECT min(rev) FROM change WHERE stream = ROOM"), floor + 1);
    }
    let below = format!("SELECT count(*) FROM message WHERE room = ROOM AND seq <= {floor}");
    assert_eq!(subject.number(room, &below), 0, "no message below the floor");
    floor
}

/// The jobs that wait to remove something.
async fn jobs(subject: &Subject) -> Vec<Job> {
    let jobs = subject.store.jobs(JobState::Waiting, None, 50).await.unwrap();
    jobs.jobs.into_iter().filter(|job| job.kind == JobKind::RETENTION).collect()
}

async fn edit(subject: &Subject, room: RoomId, seq: Rev, version: Rev, by: &User, text: &str) -> Result<Rev> {
    let text = MessageText::parse(text.into()).unwrap();
    subject.store.edit(Edit { room, seq, version, by: by.id, text }, None).await
}

pub async fn everything_is_kept_unless_somebody_decides_otherwise(subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    subject.post(room, &ann, "from long ago").await;
    subject.let_pass(room, 40_000 * DAY);
    let head = subject.head(room).await;
    assert_eq!(sweep(&subject).await, 0);
    assert_eq!(written(&subject, room, &ann).await, ["from long ago"]);
    let room_data = data(&subject, room, &ann).await;
    assert!(room_data.retention.is_off() && room_data.history_from == Rev(0), "{room_data:?}");
    assert_eq!((subject.head(room).await, floor(&subject, room).await), (head, 0));
    assert!(jobs(&subject).await.is_empty(), "nobody is to do anything");
}

pub async fn members_are_told_a_day_before(mut subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let old = subject.post(room, &ann, "old").await;
    subject.let_pass(room, 40 * DAY);
    subject.post(room, &ann, "young").await;
    subject.told(room).await;
    let begun = now();
    let rev = set(&subject, room, Some(30), &ann).await.unwrap();

    let told = subject.told(room).await;
    let [line, changed] = &told[..] else { panic!("a line and the room: {told:?}") };
    let State::Message(Message { body: Body::Retention { days: kept, from }, author, .. }) = &line.state
    else {
        panic!("a line: {line:?}")
    };
    assert_eq!((*kept, author.name.as_str()), (days(30), "Ann"));
    let notice = i64::try_from(NOTICE.as_millis()).unwrap();
    assert!((begun + notice - 5_000..=now() + notice + 5_000).contains(&from.0), "{from:?}");
    let State::Room(room_data) = &changed.state else { panic!("the room: {changed:?}") };
    let next = room_data.retention.next.expect("it is told");
    assert_eq!((room_data.retention.days, next.days, next.from), (None, days(30).unwrap(), *from));
    assert_eq!((changed.rev, room_data.rev), (rev, rev));
    assert_eq!(data(&subject, room, &ann).await, *room_data);
    let history_line = history(&subject, room, &ann).await.pop().unwrap();
    assert_eq!(history_line.body, Body::Retention { days: *kept, from: *from });
    assert_eq!(jobs(&subject).await.iter().map(|job| job.at).collect::<Vec<_>>(), [*from]);

    // Until then nothing goes.
    subject.let_pass(room, notice - HOUR);
    assert_eq!(sweep(&subject).await, 0);
    assert_eq!(floor(&subject, room).await, 0);
    subject.let_pass(room, 2 * HOUR);
    assert!(sweep(&subject).await > 0);
    assert_eq!(written(&subject, room, &ann).await, ["young"]);
    assert_eq!(floor(&subject, room).await, old.0);
    let told = subject.told(room).await;
    let [changed] = &told[..] else { panic!("one change for all: {told:?}") };
    let State::Room(room_data) = &changed.state else { panic!("the room: {changed:?}") };
    assert_eq!((room_data.retention.days, room_data.retention.next), (days(30), None));
    assert_eq!(room_data.history_from, old.next());
    assert_eq!(data(&subject, room, &ann).await, *room_data);
}

pub async fn what_removes_less_holds_at_once_and_takes_back_what_was_told(subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    subject.post(room, &ann, "old").await;
    subject.let_pass(room, 40 * DAY);
    let rule = async || data(&subject, room, &ann).await.retention;
    set(&subject, room, Some(30), &ann).await.unwrap();
    let told = rule().await;
    let head = subject.head(room).await;
    let again = set(&subject, room, Some(30), &ann).await.unwrap();
    assert_eq!((subject.head(room).await, rule().await), (head, told), "the same again changes nothing");
    assert_eq!(again, head);

    set(&subject, room, Some(10), &ann).await.unwrap();
    assert_eq!(rule().await.next.map(|next| next.days), days(10), "it replaces what was told");
    set(&subject, room, None, &ann).await.unwrap();
    assert!(rule().await.is_off());
    subject.let_pass(room, 2 * DAY);
    sweep(&subject).await;
    assert_eq!(floor(&subject, room).await, 0, "what was taken back does not hold");
    assert_eq!(subject.number(room, "SELECT count(*) FROM retention"), 0, "nobody looks any more");

    set(&subject, room, Some(50), &ann).await.unwrap();
    subject.let_pass(room, 2 * DAY);
    for (keep, holds, next) in
        [(60, days(60), None), (45, days(60), days(45)), (60, days(60), None), (70, days(70), None)]
    {
        let before = now() - 5_000;
        set(&subject, room, Some(keep), &ann).await.unwrap();
        let rule = rule().await;
        assert_eq!((rule.days, rule.next.map(|next| next.days)), (holds, next), "{keep}");
        let line = history(&subject, room, &ann).await.pop().unwrap();
        let Body::Retention { from, .. } = line.body else { panic!("a line: {line:?}") };
        assert_eq!(from < Millis(before + DAY), next.is_none(), "{keep}: {from:?}");
    }
}

pub async fn owners_and_administrators_set_for_how_long_messages_are_kept(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let root = subject.try_user("Root", Role::Administrator).await.unwrap();
    let chief = subject.try_user("Chief", Role::Moderator).await.unwrap();
    let (open, closed) = (subject.room("Garden", &ann).await, subject.closed_room("Cellar", &ann).await);
    assert_eq!(refused(set(&subject, open, Some(3), &bob).await), Refusal::NotAMember);
    assert_eq!(refused(set(&subject, closed, Some(3), &bob).await), Refusal::RoomUnknown);
    let nowhere = RoomId(Uuid::now_v7());
    assert_eq!(refused(set(&subject, nowhere, Some(3), &root).await), Refusal::RoomUnknown);
    for user in [&bob, &chief] {
        subject.store.join(open, user.id, None).await.unwrap();
        assert_eq!(refused(set(&subject, open, Some(3), user).await), Refusal::Forbidden);
    }
    let pair = subject.store.open_direct(nowhere, ann.id, vec![root.id], None).await.unwrap().room.id;
    for user in [&ann, &root] {
        assert_eq!(refused(set(&subject, pair, Some(3), user).await), Refusal::Forbidden);
        set(&subject, open, Some(9), user).await.unwrap();
        set(&subject, closed, Some(9), user).await.unwrap();
        set(&subject, open, None, user).await.unwrap();
    }
    let log = subject.store.audit(root.id, None, None, 50).await;
    let Ok(log) = log else { panic!("administrators see the log") };
    let noted = log.iter().filter(|entry| entry.action == "room.retention_set");
    let noted: Vec<_> = noted.map(|entry| entry.detail.as_str()).collect();
    assert!(noted.contains(&"for ever → 9 days") && noted.contains(&"for ever → for ever"), "{noted:?}");
    let mute = Decision::Mute(Millis(now() + DAY));
    subject.store.decide(None, ann.id, mute, Line::default()).await.unwrap();
    assert_eq!(refused(set(&subject, open, Some(3), &ann).await), Refusal::Muted);
}

pub async fn setting_it_again_with_its_nonce_sets_it_once(subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let ask = async |keep, body: &str| {
        subject.store.set_retention(room, days(keep), ann.id, Some(once("n", body))).await
    };
    let first = ask(30, "30").await.unwrap();
    set(&subject, room, None, &ann).await.unwrap();
    let head = subject.head(room).await;
    assert_eq!(ask(30, "30").await.unwrap(), first);
    assert_eq!(refused(ask(31, "31").await), Refusal::NonceReused);
    assert_eq!(subject.head(room).await, head);
}

pub async fn old_messages_go_in_small_steps_and_no_others(subject: Subject) {
    let ann = subject.user("Ann").await;
    let (room, other) = (subject.room("Garden", &ann).await, subject.room("Cellar", &ann).await);
    for room in [room, other] {
        post_all(&subject, room, &ann, (0..1_200).map(|number| format!("old {number}"))).await;
        subject.let_pass(room, 40 * DAY);
        post_all(&subject, room, &ann, (0..20).map(|number| format!("young {number}"))).await;
    }
    keep(&subject, room, 30, &ann).await;
    let head = subject.head(other).await;
    let count = || subject.number(room, "SELECT count(*) FROM message WHERE room = ROOM");
    let (mut before, mut steps, mut all) = (count(), 0, 0);
    while step(&subject, &mut all).await {
        let (floor, there) = (floor(&subject, room).await, count());
        assert!(before - there <= STEP, "{} at once", before - there);
        if there < before {
            steps += 1;
            // Whatever happens between two steps, nothing is amiss.
            subject.post(room, &ann, &format!("while it is done {steps}")).await;
            let oldest = history(&subject, room, &ann).await.remove(0);
            assert!(oldest.seq > Rev(floor), "what is left begins above the floor");
        }
        before = count();
    }
    assert_eq!(steps, 3);
    let left = written(&subject, room, &ann).await;
    assert_eq!(left.len(), 20 + steps);
    assert!(left.iter().all(|text| !text.starts_with("old")), "{left:?}");
    let begins = data(&subject, room, &ann).await.history_from;
    assert_eq!(begins.0, floor(&subject, room).await + 1);

    assert_eq!(written(&subject, other, &ann).await.len(), 1_220, "another room has all of its own");
    assert_eq!((floor(&subject, other).await, subject.head(other).await), (0, head));
    assert_eq!(data(&subject, other, &ann).await.history_from, Rev(0));
}

pub async fn what_is_not_a_message_goes_in_small_steps_as_well(subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let seq = subject.post(room, &ann, "changed often").await;
    let mut version = seq;
    for number in 0..2_200 {
        version = edit(&subject, room, seq, version, &ann, &format!("changed {number}")).await.unwrap();
    }
    let last = subject.post(room, &ann, "and another").await;
    subject.let_pass(room, 40 * DAY);
    keep(&subject, room, 30, &ann).await;
    let (mut before, mut all) = (0, 0);
    while step(&subject, &mut all).await {
        let now = floor(&subject, room).await;
        assert!(now - before <= CHANGES, "{} at once", now - before);
        before = now;
    }
    assert_eq!(before, last.0);
    assert!(written(&subject, room, &ann).await.is_empty());
}

pub async fn who_comes_back_is_told_to_load_afresh_or_what_is_left(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    let since = subject.store.join(room, bob.id, None).await.unwrap().rev;
    let nonce = "the-first";
    let first = subject.try_post(room, &bob, "first", nonce).await.unwrap().seq;
    let second = subject.post(room, &bob, "second").await;
    let third = subject.post(room, &bob, "third").await;
    subject.let_pass(room, 40 * DAY);
    let young = subject.post(room, &bob, "young").await;
    let mut version = first;
    for text in ["edited", "edited again"] {
        version = edit(&subject, room, first, version, &bob, text).await.unwrap();
    }
    subject.store.delete(room, second, bob.id, None).await.unwrap();
    let newest = subject.post(room, &bob, "newest").await;
    keep(&subject, room, 30, &ann).await;
    sweep(&subject).await;
    assert_eq!(floor(&subject, room).await, third.0);
    assert_eq!(written(&subject, room, &bob).await, ["young", "newest"]);

    for cursor in [0, since.0, first.0, third.0 - 1] {
        let caught = subject.caught(&bob, room, cursor).await;
        assert!(matches!(caught, Some(Caught::Reset)), "{cursor}: {caught:?}");
        assert!(subject.changes(room, Rev(cursor)).await.is_none());
    }
    // From the floor on, and from between the changes of what is gone, everything that is there comes, to the head.
    let head = subject.head(room).await;
    for cursor in third.0..=head.0 {
        let seen = match subject.caught(&bob, room, cursor).await {
            Some(Caught::Page(page)) => {
                assert_eq!((page.through, page.head), (head, head), "{cursor}");
                page.changes
            }
            None => Vec::new(),
            other => panic!("{cursor}: {other:?}"),
        };
        let messages = seen.iter().filter_map(|change| match &change.state {
            State::Message(message) => message.text().map(|_| message.seq),
            _ => None,
        });
        let wanted: Vec<Rev> = [young, newest].into_iter().filter(|seq| seq.0 > cursor).collect();
        assert_eq!(messages.collect::<Vec<_>>(), wanted, "after {cursor}");
        let begins = seen.iter().rev().find_map(|change| match &change.state {
            State::Room(room) => Some(room.history_from),
            _ => None,
        });
        assert_eq!(
            begins,
            (cursor < head.0).then(|| third.next()),
            "who is told the end is told what is gone"
        );
    }
    let page = subject.changes(room, third).await.unwrap();
    assert_eq!((page.from, page.through), (third, head), "nodes can go on from the floor");

    for seq in [first, second] {
        assert_eq!(refused(edit(&subject, room, seq, seq, &bob, "anew").await), Refusal::MessageUnknown);
        let deleted = subject.store.delete(room, seq, bob.id, None).await;
        assert_eq!(refused(deleted), Refusal::MessageUnknown);
    }
    let again = subject.store.post(post(room, &bob, "first", nonce)).await.unwrap();
    assert_eq!((again.seq, again.repeated), (first, true), "a retry is answered as before");
    let page = subject.store.room_page(room, bob.id, Some(young), 10).await.unwrap();
    assert_eq!((page.messages.len(), page.more), (0, false));
}

pub async fn what_was_removed_is_not_found_and_all_else_is(subject: Subject) {
    let ann = subject.user("Ann").await;
    let said = |what: &'static str, number: usize| (0..number).map(move |number| format!("{what} {number}"));
    // With everything in the index, with some, and with nothing of it, when messages are removed.
    for (name, before, after) in [("Garden", 2, 0), ("Cellar", 1, 2), ("Attic", 0, 2)] {
        let room = subject.room(name, &ann).await;
        post_all(&subject, room, &ann, said("ancient", 1_500)).await;
        subject.let_pass(room, 40 * DAY);
        post_all(&subject, room, &ann, said("modern", 700)).await;
        if before > 0 {
            subject.index(room, before * 1_024).await;
            let word = "SELECT count(*) FROM search_word WHERE room = ROOM AND word = 'ancient'";
            assert_eq!(subject.number(room, word), before);
        }
        keep(&subject, room, 30, &ann).await;
        // After each step, as the last one leaves a part of a chunk.
        let mut all = 0;
        while step(&subject, &mut all).await {
            let floor = floor(&subject, room).await;
            let there = written(&subject, room, &ann).await;
            let ancient = there.iter().filter(|text| text.starts_with("ancient")).count();
            assert_eq!(texts(&subject, room, &ann, "ancient").await.len(), ancient, "{name} at {floor}");
            assert_eq!(texts(&subject, room, &ann, "modern").await.len(), 700, "{name} at {floor}");
        }
        let word = "SELECT count(*) FROM search_word WHERE room = ROOM AND word IN ('ancient', '1001')";
        assert_eq!(subject.number(room, word), 0, "{name}: no word stays of what was removed");
        if after > 0 {
            subject.index(room, after * 1_024).await;
        }
        let broken = format!(
            "SELECT count(*) FROM search_word WHERE room = ROOM AND chunk <= {}",
            floor(&subject, room).await / 1_024
        );
        assert_eq!(
            subject.number(room, &broken),
            0,
            "{name}: nothing is written down of a chunk of which a part is gone"
        );
        // The first that is left is in it.
        let first = history(&subject, room, &ann).await.remove(0);
        assert_eq!(first.text(), Some("modern 0"));
        edit(&subject, room, first.seq, first.rev, &ann, "postmodern").await.unwrap();
        assert_eq!(texts(&subject, room, &ann, "postmodern").await, ["postmodern"], "{name}");
        assert_eq!(texts(&subject, room, &ann, "modern").await.len(), 699, "{name}");
        fill(&subject, room, &ann, 4).await;
        assert_eq!(texts(&subject, room, &ann, "postmodern").await, ["postmodern"], "{name}");
        assert_eq!(texts(&subject, room, &ann, "modern").await.len(), 699, "{name}");
        assert_eq!(subject.number(room, "SELECT below FROM search_room WHERE room = ROOM"), 4_096);
    }
}

pub async fn a_rule_that_is_lifted_while_it_is_carried_out_removes_no_more(subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    post_all(&subject, room, &ann, (0..1_200).map(|number| format!("old {number}"))).await;
    subject.let_pass(room, 40 * DAY);
    keep(&subject, room, 30, &ann).await;
    assert!(step(&subject, &mut 0).await);
    let gone = floor(&subject, room).await;
    assert!(gone > 0);
    set(&subject, room, None, &ann).await.unwrap();
    sweep(&subject).await;
    assert_eq!(floor(&subject, room).await, gone);
    assert_eq!(data(&subject, room, &ann).await.history_from.0, gone + 1, "what is gone is told");
    assert!(jobs(&subject).await.iter().all(|job| job.at.0 <= now()), "nobody is to come again");
}

pub async fn a_room_is_looked_at_again_when_its_oldest_message_will_be_too_old(subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    keep(&subject, room, 30, &ann).await;
    subject.post(room, &ann, "nearly too old").await;
    subject.let_pass(room, 28 * DAY + 20 * HOUR);
    let oldest = history(&subject, room, &ann).await.remove(0);
    // Whatever else was asked for has been done.
    let due = subject.store.lease_jobs(&[JobKind::RETENTION], 9, 9 * NOTICE).await.unwrap();
    assert_eq!(due.len(), 1);
    sweep(&subject).await;
    subject.store.finish_job(due[0].job.id, due[0].lease).await.unwrap();
    let waiting: Vec<i64> = jobs(&subject).await.iter().map(|job| job.at.0).collect();
    let [at] = waiting[..] else { panic!("one job: {waiting:?}") };
    let too_old = oldest.at.0 + 30 * DAY;
    assert!((too_old + 1..=too_old + HOUR).contains(&at), "{at} for {too_old}");
    assert_eq!(at % HOUR, 0, "by the hour");
    assert_eq!(sweep(&subject).await, 0, "and not before");
    assert_eq!(jobs(&subject).await.len(), 1, "it is asked for once");
}

pub async fn a_room_whose_messages_are_young_is_looked_at_once_a_day(subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    keep(&subject, room, 30, &ann).await;
    // On its way to a broker, which may be about to have it: it does not stand for the next.
    let taken = subject.store.take_jobs(&[JobKind::RETENTION], 9, Duration::from_secs(60)).await.unwrap();
    assert_eq!(taken.len(), 1);
    sweep(&subject).await;
    subject.store.finish_job(taken[0].whole.job.id, taken[0].lease).await.unwrap();
    let waiting: Vec<i64> = jobs(&subject).await.iter().map(|job| job.at.0).collect();
    let [at] = waiting[..] else { panic!("one job: {waiting:?}") };
    assert!((now() + DAY - HOUR..=now() + DAY).contains(&at), "{at}");

    // Whatever becomes of that, there is another one soon after its time.
    for job in jobs(&subject).await {
        subject.store.drop_job(job.id).await.unwrap();
    }
    let store = subject.store.clone();
    let maintenance = tokio::spawn(async move { store.maintain().await });
    let begun = Instant::now();
    while jobs(&subject).await.is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody asks for it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    maintenance.abort();
    let again: Vec<i64> = jobs(&subject).await.iter().map(|job| job.at.0).collect();
    assert_eq!(again, [at + HOUR]);
}
