//! Jobs: what is asked for is done at least once, by one worker at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chinwag_model::{Millis, Refusal};
use chinwag_store::{
    AfterFailure, JOB_BODY_BYTES, JOB_KIND_CHARS, JOB_REASON_CHARS, JOB_TRIES, JOBS_AT_ONCE, Job, JobBody,
    JobCounts, JobFailure, JobId, JobInvalid, JobKind, JobState, Lease, LeasedJob, NewJob, Store, WholeJob,
};
use uuid::Uuid;

use super::{Subject, refused};

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(3_600);
/// Over at once.
const SHORT: Duration = Duration::from_millis(20);
/// How long something may take that happens by itself.
const DEADLINE: Duration = Duration::from_secs(30);

pub fn kind(word: &str) -> JobKind {
    JobKind::parse(word).unwrap()
}

pub fn job(word: &str) -> NewJob {
    NewJob {
        id: JobId(Uuid::now_v7()),
        kind: kind(word),
        version: 1,
        body: JobBody::new(b"{}".to_vec()).unwrap(),
        not_before: None,
        most_tries: 3,
    }
}

/// The clock of this machine, which is that of both databases.
fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Millis(i64::try_from(since.as_millis()).unwrap())
}

/// Asks for a job.
async fn ask(subject: &Subject, job: NewJob) -> JobId {
    let id = job.id;
    subject.store.ask_for(job).await.unwrap();
    id
}

async fn lease(subject: &Subject, kinds: &[&str], limit: usize, lasting: Duration) -> Vec<LeasedJob> {
    let kinds: Vec<JobKind> = kinds.iter().map(|word| kind(word)).collect();
    subject.store.lease_jobs(&kinds, limit, lasting).await.unwrap()
}

/// Leases a job of this kind as soon as there is one.
async fn lease_one(subject: &Subject, word: &str, lasting: Duration) -> LeasedJob {
    let begun = Instant::now();
    loop {
        if let Some(leased) = lease(subject, &[word], 1, lasting).await.pop() {
            return leased;
        }
        assert!(begun.elapsed() < DEADLINE, "no job of the kind {word} is due");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn ids(leased: &[LeasedJob]) -> Vec<JobId> {
    leased.iter().map(|leased| leased.job.id).collect()
}

async fn state(subject: &Subject, id: JobId) -> Option<JobState> {
    subject.store.job(id).await.unwrap().map(|whole| whole.job.state)
}

pub async fn a_job_is_kept_as_it_was_asked_for(subject: Subject) {
    let body: Vec<u8> = (0..JOB_BODY_BYTES).map(|number| number as u8).collect();
    let asked = NewJob { version: 7, body: JobBody::new(body.clone()).unwrap(), ..job("a.b-c_9") };
    let before = now();
    let id = ask(&subject, asked.clone()).await;
    ask(&subject, NewJob { kind: kind("other"), ..asked }).await;
    assert_eq!(subject.store.count_jobs().await.unwrap().waiting, 1, "asking again is the same");

    let leased = lease_one(&subject, "a.b-c_9", LONG).await;
    assert_eq!(leased.body.as_bytes(), body);
    let shown = subject.store.job(id).await.unwrap().unwrap();
    assert_eq!((&shown.job, &shown.body), (&leased.job, &leased.body));
    assert_eq!((shown.job.version, shown.job.tries, shown.job.most_tries), (7, 1, 3));
    assert!(shown.failures.is_empty());
    assert!((before..=now()).contains(&shown.job.asked_at));
    assert!(shown.job.at >= before.plus(LONG), "it is leased until then");

    for (asked_for, kept) in [(0, 1), (JOB_TRIES, JOB_TRIES), (u32::MAX, JOB_TRIES)] {
        let id = ask(&subject, NewJob { most_tries: asked_for, ..job("tries") }).await;
        assert_eq!(subject.store.job(id).await.unwrap().unwrap().job.most_tries, kept);
    }
    assert_eq!(JobBody::new(vec![0; JOB_BODY_BYTES + 1]), Err(JobInvalid::Body(JOB_BODY_BYTES + 1)));
    assert!(JobKind::parse(&"x".repeat(JOB_KIND_CHARS)).is_ok());
    for bad in ["", "A", "a b", "ä", "a\0", &"x".repeat(JOB_KIND_CHARS + 1)] {
        assert_eq!(JobKind::parse(bad), Err(JobInvalid::Kind), "{bad}");
    }
}

pub async fn what_is_due_longest_comes_first(subject: Subject) {
    let mut asked = Vec::new();
    for (word, at) in [("one", 3_000), ("two", 1_000), ("one", 2_000), ("two", 3_000), ("one", 1_000)] {
        asked.push(ask(&subject, NewJob { not_before: Some(Millis(at)), ..job(word) }).await);
    }
    // At the same time the one that was asked for first.
    let first = lease(&subject, &["one", "two", "one"], 2, LONG).await;
    assert_eq!(ids(&first), [asked[1], asked[4]]);
    let then = lease(&subject, &["two", "one"], 10, LONG).await;
    assert_eq!(ids(&then), [asked[2], asked[0], asked[3]]);

    for _ in 0..JOBS_AT_ONCE + 5 {
        ask(&subject, job("many")).await;
    }
    assert_eq!(lease(&subject, &["many"], usize::MAX, LONG).await.len(), JOBS_AT_ONCE);
    assert_eq!(lease(&subject, &["many"], 0, LONG).await, []);
    assert_eq!(lease(&subject, &["many"], usize::MAX, LONG).await.len(), 5);
}

pub async fn nothing_comes_before_its_time(subject: Subject) {
    let later = ask(&subject, NewJob { not_before: Some(now().plus(LONG)), ..job("wait") }).await;
    assert_eq!(lease(&subject, &["wait"], 10, LONG).await, []);
    assert_eq!(state(&subject, later).await, Some(JobState::Waiting));

    let at = now().plus(Duration::from_millis(300));
    let soon = ask(&subject, NewJob { not_before: Some(at), ..job("wait") }).await;
    assert_eq!(lease_one(&subject, "wait", LONG).await.job.id, soon);
    assert!(now() >= at);
}

pub async fn kinds_that_a_worker_does_not_know_stay(subject: Subject) {
    let mut unknown = Vec::new();
    for _ in 0..100 {
        unknown.push(ask(&subject, job("unknown")).await);
    }
    let known = ask(&subject, job("known")).await;
    assert_eq!(ids(&lease(&subject, &["known", "not-there"], 10, LONG).await), [known]);
    assert_eq!(lease(&subject, &["known"], 10, LONG).await, []);
    assert_eq!(lease(&subject, &[], 10, LONG).await, []);
    let page = subject.store.jobs(JobState::Waiting, None, 200).await.unwrap();
    assert_eq!(page.jobs.iter().map(|job| job.id).collect::<Vec<_>>(), unknown);
}

pub async fn a_lease_excludes_others_until_it_is_over(subject: Subject) {
    let id = ask(&subject, job("work")).await;
    let first = lease_one(&subject, "work", LONG).await;
    assert_eq!(lease(&subject, &["work"], 10, LONG).await, []);
    subject.store.finish_job(id, first.lease).await.unwrap();
    assert_eq!(state(&subject, id).await, None, "what is done is not there any more");

    let id = ask(&subject, job("work")).await;
    let vanished = lease_one(&subject, "work", SHORT).await;
    let ended = vanished.job.at;
    let again = lease_one(&subject, "work", LONG).await;
    assert!(now() >= ended);
    assert_eq!((again.job.id, again.job.tries), (id, 2));
    assert_ne!(again.lease, vanished.lease);
    let shown = subject.store.job(id).await.unwrap().unwrap();
    let reason = "try 1 of 3 was not finished in time".to_owned();
    assert_eq!(shown.failures, [JobFailure { at: ended, reason }]);
    lost(&subject, id, vanished.lease).await;
    subject.store.finish_job(id, again.lease).await.unwrap();
    lost(&subject, id, again.lease).await;
}

/// Nothing can be done with this lease.
async fn lost(subject: &Subject, id: JobId, lease: Lease) {
    let before = subject.store.job(id).await.unwrap();
    let store = &subject.store;
    assert_eq!(refused(store.finish_job(id, lease).await), Refusal::LeaseLost);
    assert_eq!(refused(store.fail_job(id, lease, "late").await), Refusal::LeaseLost);
    assert_eq!(refused(store.extend_lease(id, lease, LONG).await), Refusal::LeaseLost);
    assert_eq!(subject.store.job(id).await.unwrap(), before);
}

pub async fn a_lease_is_extended(subject: Subject) {
    let id = ask(&subject, job("work")).await;
    let leased = lease_one(&subject, "work", SHORT).await;
    let before = now();
    // It may be over by now; but nobody else has it.
    let until = subject.store.extend_lease(id, leased.lease, LONG).await.unwrap();
    assert!((before.plus(LONG)..=now().plus(LONG)).contains(&until));
    assert_eq!(subject.store.job(id).await.unwrap().unwrap().job.at, until);
    assert_eq!(lease(&subject, &["work"], 10, LONG).await, []);
    let forever = subject.store.extend_lease(id, leased.lease, Duration::MAX).await.unwrap();
    assert!(forever < now().plus(25 * LONG), "a day at most");
    lost(&subject, id, Lease(Uuid::new_v4())).await;
    lost(&subject, JobId(Uuid::now_v7()), leased.lease).await;
    subject.store.finish_job(id, leased.lease).await.unwrap();
}

pub async fn what_fails_is_tried_later_and_given_up_in_the_end(subject: Subject) {
    let id = ask(&subject, job("work")).await;
    for (tries, longest) in [(1, 1_000), (2, 2_000)] {
        let leased = lease_one(&subject, "work", LONG).await;
        assert_eq!(leased.job.tries, tries);
        let before = now().0;
        let after = subject.store.fail_job(id, leased.lease, &format!("reason {tries}")).await.unwrap();
        let AfterFailure::Again(at) = after else { panic!("{after:?}") };
        let bounds = before + longest / 2..=now().0 + longest;
        assert!(bounds.contains(&at.0), "{at:?} is not within {bounds:?}");
        let shown = subject.store.job(id).await.unwrap().unwrap().job;
        assert_eq!((shown.state, shown.at), (JobState::Waiting, at));
        lost(&subject, id, leased.lease).await;
    }
    let last = lease_one(&subject, "work", LONG).await;
    let reason = "x".repeat(JOB_REASON_CHARS);
    let longer = format!("{reason} and so on");
    assert_eq!(subject.store.fail_job(id, last.lease, &longer).await.unwrap(), AfterFailure::Dead);
    assert_eq!(lease(&subject, &["work"], 10, LONG).await, []);
    lost(&subject, id, last.lease).await;
    let shown = subject.store.job(id).await.unwrap().unwrap();
    assert_eq!((shown.job.state, shown.job.tries), (JobState::Dead, 3));
    let reasons: Vec<&str> = shown.failures.iter().map(|failure| failure.reason.as_str()).collect();
    assert_eq!(reasons, ["reason 1", "reason 2", &reason]);
    assert!(shown.failures.is_sorted_by_key(|failure| failure.at));
    assert_eq!(shown.failures[2].at, shown.job.at);
}

pub async fn what_kills_its_workers_is_given_up(subject: Subject) {
    // More than are looked at once, and behind them one that is good.
    let poison = JOBS_AT_ONCE + 10;
    for _ in 0..poison {
        ask(&subject, NewJob { most_tries: 1, not_before: Some(Millis(1)), ..job("work") }).await;
    }
    let mut killed = lease(&subject, &["work"], usize::MAX, SHORT).await;
    killed.extend(lease(&subject, &["work"], usize::MAX, SHORT).await);
    assert_eq!(killed.len(), poison);
    let id = killed[0].job.id;
    while now() <= killed[poison - 1].job.at {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let good = ask(&subject, job("work")).await;
    assert_eq!(ids(&lease(&subject, &["work"], 1, LONG).await), [good]);
    assert_eq!(subject.store.count_jobs().await.unwrap(), JobCounts { waiting: 0, leased: 1, dead: poison });
    let shown = subject.store.job(id).await.unwrap().unwrap();
    assert_eq!(shown.failures[0].reason, "try 1 of 1 was not finished in time");
    lost(&subject, id, killed[0].lease).await;
}

pub async fn operators_retry_and_drop(subject: Subject) {
    let store = &subject.store;
    let id = ask(&subject, NewJob { most_tries: 1, ..job("work") }).await;
    assert!(!store.retry_job(id).await.unwrap(), "it waits anyway");
    let leased = lease_one(&subject, "work", LONG).await;
    assert!(!store.retry_job(id).await.unwrap(), "somebody has it");
    store.fail_job(id, leased.lease, "first").await.unwrap();
    assert!(store.retry_job(id).await.unwrap());
    let again = lease_one(&subject, "work", LONG).await;
    assert_eq!((again.job.id, again.job.tries), (id, 1));
    lost(&subject, id, leased.lease).await;
    store.fail_job(id, again.lease, "second").await.unwrap();
    let shown = store.job(id).await.unwrap().unwrap();
    let reasons: Vec<&str> = shown.failures.iter().map(|failure| failure.reason.as_str()).collect();
    assert_eq!((shown.job.state, &reasons[..]), (JobState::Dead, &["first", "second"][..]));

    store.drop_job(id).await.unwrap();
    assert_eq!(store.job(id).await.unwrap(), None);
    assert_eq!(refused(store.drop_job(id).await), Refusal::JobUnknown);
    assert_eq!(refused(store.retry_job(id).await), Refusal::JobUnknown);
    let id = ask(&subject, job("work")).await;
    let leased = lease_one(&subject, "work", LONG).await;
    store.drop_job(id).await.unwrap();
    lost(&subject, id, leased.lease).await;
}

pub async fn jobs_are_listed_in_pages_and_counted(subject: Subject) {
    let store = &subject.store;
    let mut expected = Vec::new();
    for number in 0..40 {
        let word = ["b", "a", "c"][number % 3];
        // Some of them at the same time.
        let at = Millis(1_000 + (number as i64 * 7) % 11);
        let id = ask(&subject, NewJob { not_before: Some(at), most_tries: 1, ..job(word) }).await;
        expected.push((word, at, id));
    }
    expected.sort_unstable();
    let mut listed = Vec::new();
    let mut after = None;
    loop {
        let page = store.jobs(JobState::Waiting, after, 7).await.unwrap();
        assert!(page.jobs.len() == 7 || page.next.is_none());
        listed.extend(page.jobs);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let listed: Vec<_> = listed.iter().map(|job| (job.kind.as_str(), job.at, job.id)).collect();
    assert_eq!(listed, expected);
    let whole = store.jobs(JobState::Waiting, None, 40).await.unwrap();
    assert_eq!((whole.jobs.len(), whole.next), (40, None));

    let leased = lease(&subject, &["a", "b"], 5, LONG).await;
    store.fail_job(leased[0].job.id, leased[0].lease, "bad").await.unwrap();
    assert_eq!(store.count_jobs().await.unwrap(), JobCounts { waiting: 35, leased: 4, dead: 1 });
    let list = async |state| {
        let page = store.jobs(state, None, 50).await.unwrap();
        page.jobs.into_iter().map(|job| job.id).collect::<BTreeSet<_>>()
    };
    assert_eq!(list(JobState::Dead).await, BTreeSet::from([leased[0].job.id]));
    assert_eq!(list(JobState::Leased).await, ids(&leased[1..]).into_iter().collect());
    assert_eq!(list(JobState::Waiting).await.len(), 35);
}

/// Does jobs of two kinds until none is left; answers what was done, in order.
async fn work(store: Arc<dyn Store>, lasting: Duration) -> Vec<JobId> {
    let kinds = [kind("one"), kind("two")];
    let mut done = Vec::new();
    let begun = Instant::now();
    loop {
        let leased = store.lease_jobs(&kinds, 8, lasting).await.unwrap();
        if leased.is_empty() {
            let counts = store.count_jobs().await.unwrap();
            if counts.waiting + counts.leased == 0 {
                return done;
            }
            assert!(begun.elapsed() < 2 * DEADLINE, "{counts:?} are never done");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for LeasedJob { job, lease, .. } in leased {
            store.finish_job(job.id, lease).await.unwrap();
            done.push(job.id);
        }
    }
}

/// Asks for so many jobs of two kinds.
async fn ask_for_many(subject: &Subject, count: usize) -> BTreeSet<JobId> {
    let jobs: Vec<NewJob> = (0..count).map(|number| job(["one", "two"][number % 2])).collect();
    let ids = jobs.iter().map(|job| job.id).collect();
    for some in jobs.chunks(100) {
        let asked = some.iter().map(|job| subject.store.ask_for(job.clone()));
        futures_util::future::try_join_all(asked).await.unwrap();
    }
    ids
}

pub async fn four_workers_share_what_there_is(subject: Subject) {
    const JOBS: usize = 2_000;
    let asked = ask_for_many(&subject, JOBS).await;
    let begun = Instant::now();
    let workers = (0..4).map(|_| tokio::spawn(work(Arc::clone(&subject.store), LONG)));
    let done = futures_util::future::try_join_all(workers).await.unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    let shares: Vec<usize> = done.iter().map(Vec::len).collect();
    println!("{JOBS} jobs by four workers: {:.0}/s, {shares:?}", JOBS as f64 / seconds);
    let mut times: BTreeMap<JobId, usize> = BTreeMap::new();
    for id in done.into_iter().flatten() {
        *times.entry(id).or_default() += 1;
    }
    assert!(times.values().all(|times| *times == 1), "each once");
    assert_eq!(times.into_keys().collect::<BTreeSet<_>>(), asked);
    assert!(shares.iter().all(|share| share * 20 >= JOBS), "somebody has next to nothing: {shares:?}");
}

pub async fn what_a_vanished_worker_had_is_done_by_others(subject: Subject) {
    let asked = ask_for_many(&subject, 200).await;
    let vanished = lease(&subject, &["one", "two"], 50, Duration::from_millis(300)).await;
    assert_eq!(vanished.len(), 50);
    let workers = (0..3).map(|_| tokio::spawn(work(Arc::clone(&subject.store), LONG)));
    let done = futures_util::future::try_join_all(workers).await.unwrap().concat();
    assert_eq!(done.len(), asked.len(), "each once");
    assert_eq!(done.iter().copied().collect::<BTreeSet<_>>(), asked);
    lost(&subject, vanished[0].job.id, vanished[0].lease).await;
}

pub async fn what_is_taken_to_a_broker_is_no_try_and_comes_back_if_it_is_not_finished(subject: Subject) {
    let id = ask(&subject, NewJob { most_tries: 1, ..job("broker") }).await;
    for round in 0..3 {
        let taken = subject.store.take_jobs(&[kind("broker")], 9, SHORT).await.unwrap();
        let [taken] = taken.try_into().unwrap_or_else(|taken| panic!("round {round}: {taken:?}"));
        assert_eq!((taken.whole.job.id, taken.whole.job.tries), (id, 0));
        assert!(taken.whole.failures.is_empty(), "{:?}", taken.whole.failures);
        tokio::time::sleep(SHORT * 2).await;
    }
    let taken = subject.store.take_jobs(&[kind("broker")], 9, LONG).await.unwrap();
    assert!(
        subject.store.take_jobs(&[kind("broker")], 9, LONG).await.unwrap().is_empty(),
        "it is on its way"
    );
    assert!(lease(&subject, &["broker"], 9, LONG).await.is_empty());
    subject.store.finish_job(id, taken[0].lease).await.unwrap();
    assert!(subject.store.job(id).await.unwrap().is_none(), "the broker has it");
}

pub async fn what_a_broker_had_is_put_back_with_its_history(subject: Subject) {
    let failures: Vec<_> =
        (0..12).map(|at| JobFailure { at: Millis(at), reason: format!("try {at}") }).collect();
    let NewJob { id, kind, version, body, .. } = job("broker");
    let failed = Job {
        id,
        kind,
        version,
        state: JobState::Waiting,
        asked_at: Millis(5),
        at: Millis(6),
        tries: 2,
        most_tries: 3,
    };
    let whole = WholeJob { job: failed.clone(), body: body.clone(), failures };
    // Whoever took it to the broker has died before that was noted.
    ask(&subject, NewJob { id, body: body.clone(), ..job("broker") }).await;
    let taken = subject.store.take_jobs(std::slice::from_ref(&failed.kind), 1, LONG).await.unwrap();
    let after = subject.store.put_back_job(whole.clone()).await.unwrap();
    assert!(matches!(after, AfterFailure::Again(at) if at > now()), "{after:?}");
    lost(&subject, id, taken[0].lease).await;
    let known = subject.store.job(id).await.unwrap().unwrap();
    assert_eq!((known.body, known.failures), (body, whole.failures[2..].to_vec()));
    let again = lease_one(&subject, "broker", LONG).await;
    assert_eq!(again.job.tries, 3);
    subject.store.finish_job(id, again.lease).await.unwrap();

    // And with all of its tries it is given up, once.
    let whole = WholeJob { job: Job { tries: 3, ..failed }, ..whole };
    for _ in 0..2 {
        assert_eq!(subject.store.put_back_job(whole.clone()).await.unwrap(), AfterFailure::Dead);
    }
    let dead = subject.store.jobs(JobState::Dead, None, 10).await.unwrap().jobs;
    assert_eq!(dead.iter().map(|job| job.id).collect::<Vec<_>>(), [id]);
    assert!(subject.store.retry_job(id).await.unwrap());
}
