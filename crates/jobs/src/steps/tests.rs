use std::sync::atomic::{AtomicU32, Ordering};

use chinwag_store::sqlite::{Options, SqliteStore};
use chinwag_store::{JobBody, JobId, JobState};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;

/// So many steps are to be done, each followed by a pause of a moment.
struct Countdown(AtomicU32);

#[async_trait]
impl Steps for Countdown {
    async fn step(&self, _store: &dyn Store) -> Result<Option<Duration>, StoreError> {
        let left = self.0.load(Ordering::Relaxed).saturating_sub(1);
        self.0.store(left, Ordering::Relaxed);
        Ok((left > 0).then_some(Duration::from_millis(1)))
    }
}

/// What is left of ten steps after one job that may take so long, and how many jobs wait then.
async fn after_one(most: Duration) -> (u32, usize) {
    let folder = TempDir::new().unwrap();
    let store: Arc<dyn Store> = SqliteStore::open(folder.path(), &Options::default()).unwrap();
    let kind = JobKind::parse("test.steps").unwrap();
    let ten = Countdown(AtomicU32::new(10));
    let work = InSteps { most, ..InSteps::new(kind.clone(), &store, ten) };
    let task =
        Task { id: JobId(Uuid::now_v7()), version: 1, body: JobBody::new(Vec::new()).unwrap(), tries: 1 };
    work.run(&task).await.unwrap();
    let waiting = store.jobs(JobState::Waiting, None, 9).await.unwrap().jobs;
    assert!(waiting.iter().all(|job| job.kind == kind));
    store.close().await;
    (work.steps.0.load(Ordering::Relaxed), waiting.len())
}

#[tokio::test]
async fn it_goes_on_until_all_is_done() {
    assert_eq!(after_one(Duration::from_secs(60)).await, (0, 0));
}

#[tokio::test]
async fn what_is_left_when_its_time_is_over_is_another_jobs() {
    assert_eq!(after_one(Duration::ZERO).await, (9, 1));
}
