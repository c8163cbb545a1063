//! Everything about jobs, of which there are a million.

use std::time::Duration;

use chinwag_model::Millis;
use chinwag_store::{AfterJob, JOBS_AT_ONCE, JobBody, JobId, JobKind, JobState, Jobs, NewJob};
use uuid::Uuid;

use super::Held;

/// A page of what comes in pages.
const PAGE: usize = 50;
/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(3_600);

fn kind(word: &str) -> JobKind {
    JobKind::parse(word).unwrap()
}

pub async fn do_everything(held: &mut Held<'_>) {
    to_jobs(held).await;
    of_jobs(held).await;
}

async fn to_jobs(held: &mut Held<'_>) {
    let store = held.store.clone();
    let new = NewJob {
        id: JobId(Uuid::now_v7()),
        kind: kind("a.export"),
        version: 1,
        body: JobBody::new(vec![7; 900]).unwrap(),
        not_before: None,
        most_tries: 3,
    };
    held.asks("asking for a job", 1, store.ask_for(new.clone())).await.unwrap();
    held.asks("asking again", 1, store.ask_for(new)).await.unwrap();
    let nobody = [kind("z.nobody"), kind("y.nobody")];
    held.asks("nothing is due", 1, store.lease_jobs(&nobody, 10, LONG)).await.unwrap();
    let kinds = ["a.export", "b.purge", "c.picture", "z.nobody"].map(kind);
    // Some have to be given up; then of each kind in each state a whole leaseful is looked at.
    let lease = store.lease_jobs(&kinds, 10, LONG);
    let leased = held.asks("leasing some", 2 * kinds.len() * JOBS_AT_ONCE, lease).await.unwrap();
    assert_eq!(leased.len(), 10);
    let lease = store.lease_jobs(&kinds[..1], 1, LONG);
    assert_eq!(held.asks("leasing one", 2, lease).await.unwrap().len(), 1);
    for (number, leased) in leased.iter().enumerate() {
        let (id, lease) = (leased.job.id, leased.lease);
        match number % 3 {
            0 => held.asks("finishing", 1, store.finish_job(id, lease)).await.unwrap(),
            1 => {
                held.asks("extending", 1, store.extend_lease(id, lease, LONG)).await.unwrap();
            }
            _ => {
                held.asks("failing", 1, store.fail_job(id, lease, "bad")).await.unwrap();
            }
        }
    }
    let dead = store.jobs(JobState::Dead, None, 2).await.unwrap().jobs;
    assert!(held.asks("trying again", 1, store.retry_job(dead[0].id)).await.unwrap());
    held.asks("dropping", 1, store.drop_job(dead[1].id)).await.unwrap();
}

async fn of_jobs(held: &mut Held<'_>) {
    let store = held.store.clone();
    for state in [JobState::Waiting, JobState::Leased, JobState::Dead] {
        let mut last = None;
        for after in [None, Some(AfterJob { kind: kind("b.purge"), at: Millis(9), id: JobId(Uuid::nil()) })] {
            let page = held.asks("jobs", PAGE, store.jobs(state, after, PAGE)).await.unwrap();
            last = page.jobs.last().map(|job| job.id);
        }
        held.asks("a job", 1, store.job(last.unwrap())).await.unwrap().unwrap();
    }
    let counts = held.asks("counting", 100_000, store.count_jobs()).await.unwrap();
    assert!(counts.waiting == 100_000 && counts.dead == 100_000, "{counts:?}");
}
