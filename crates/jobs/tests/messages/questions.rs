//! Questions to workers of others, who answer as they like.

use std::sync::Arc;
use std::time::Duration;

use chinwag_jobs::amqp::ask_workers;
use chinwag_jobs::{NoAnswer, Question, Questions, Running};
use tokio::time::{Instant, sleep};
use uuid::Uuid;
use xtask::RabbitMq;

use crate::DEADLINE;
use crate::others::{Other, next, options};

/// Long enough for any answer.
const PATIENT: Duration = Duration::from_secs(60);
const IMPATIENT: Duration = Duration::from_millis(300);

fn question(queue: &str, patience: Duration) -> Question {
    Question { id: Uuid::now_v7(), queue: queue.to_owned(), body: b"how much?".to_vec(), patience }
}

/// Who asks, with a worker and the name of its queue.
struct Place {
    questions: Arc<dyn Questions>,
    _running: Running,
    worker: Other,
    queue: String,
}

impl Place {
    async fn at(broker: &RabbitMq) -> Self {
        let options = options(&broker.url());
        let (questions, running) = ask_workers(&options);
        let worker = Other::connect(&broker.url()).await;
        let queue = format!("{}.questions", options.instance);
        worker.queue(&queue).await;
        let place = Self { questions, _running: running, worker, queue };
        place.until_connected().await;
        place
    }

    /// Until the broker can be asked.
    async fn until_connected(&self) {
        let (nobody, probe) = (format!("{}.nobody", self.queue), format!("{}.probe", self.queue));
        self.worker.queue(&probe).await;
        let begun = Instant::now();
        // Without a broker that is answered at once, as where there is no queue; so one that is there is asked, which nobody
        // else takes anything out of.
        while self.questions.ask(question(&probe, Duration::from_millis(1))).await == Err(NoAnswer::Nobody) {
            assert!(begun.elapsed() < DEADLINE, "there is no connection");
            sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(self.questions.ask(question(&nobody, PATIENT)).await, Err(NoAnswer::Nobody));
    }

    /// Asks, and goes on.
    fn ask(&self, question: &Question) -> tokio::task::JoinHandle<Result<Vec<u8>, NoAnswer>> {
        let (questions, question) = (Arc::clone(&self.questions), question.clone());
        tokio::spawn(async move { questions.ask(question).await })
    }
}

#[tokio::test]
async fn answers_go_to_who_asked_in_whatever_order_they_come() {
    let place = Place::at(RabbitMq::shared()).await;
    let mut queue = place.worker.consume(&place.queue).await;
    let (first, second) = (question(&place.queue, PATIENT), question(&place.queue, PATIENT));
    let (one, two) = (place.ask(&first), place.ask(&second));
    let questions = [next(&mut queue).await, next(&mut queue).await];
    for asked in questions.iter().rev() {
        assert_eq!(asked.data, b"how much?");
        let id = asked.properties.correlation_id().clone().unwrap();
        assert_eq!(asked.properties.message_id().clone().unwrap(), id);
        place.worker.answer(asked, id.as_str()).await;
    }
    assert_eq!(one.await.unwrap().unwrap(), first.id.to_string().into_bytes());
    assert_eq!(two.await.unwrap().unwrap(), second.id.to_string().into_bytes());
}

/// What comes back because there is no queue for it must not be taken for another question.
#[tokio::test]
async fn only_what_no_queue_takes_is_refused() {
    let place = Place::at(RabbitMq::shared()).await;
    let mut queue = place.worker.consume(&place.queue).await;
    let nobody = format!("{}.nobody", place.queue);
    for _ in 0..20 {
        let asked: Vec<_> = (0..20)
            .map(|number| {
                let is_there = number % 2 == 0;
                let question = question(if is_there { &place.queue } else { &nobody }, PATIENT);
                (is_there, place.ask(&question))
            })
            .collect();
        for _ in 0..10 {
            let delivery = next(&mut queue).await;
            place.worker.answer(&delivery, "yes").await;
        }
        for (is_there, asked) in asked {
            let expected = if is_there { Ok(b"yes".to_vec()) } else { Err(NoAnswer::Nobody) };
            assert_eq!(asked.await.unwrap(), expected);
        }
    }
}

#[tokio::test]
async fn who_answers_twice_is_heard_once_and_nothing_else_is_disturbed() {
    let place = Place::at(RabbitMq::shared()).await;
    let mut queue = place.worker.consume(&place.queue).await;
    let first = question(&place.queue, PATIENT);
    let asked = place.ask(&first);
    let delivery = next(&mut queue).await;
    place.worker.answer(&delivery, "once").await;
    place.worker.answer(&delivery, "twice").await;
    assert_eq!(asked.await.unwrap().unwrap(), b"once");
    // Who asks the same again gets the same, and the worker nothing.
    assert_eq!(place.questions.ask(first).await.unwrap(), b"once");
    let second = question(&place.queue, PATIENT);
    let asked = place.ask(&second);
    let delivery = next(&mut queue).await;
    let id = delivery.properties.correlation_id().clone().unwrap();
    assert_eq!(id.as_str(), second.id.to_string(), "the first was asked once");
    place.worker.answer(&delivery, "another").await;
    assert_eq!(asked.await.unwrap().unwrap(), b"another");
}

#[tokio::test]
async fn who_answers_late_is_heard_by_who_asks_again() {
    let place = Place::at(RabbitMq::shared()).await;
    let mut queue = place.worker.consume(&place.queue).await;
    let asked = question(&place.queue, IMPATIENT);
    let waiting = place.ask(&asked);
    let delivery = next(&mut queue).await;
    assert_eq!(waiting.await.unwrap(), Err(NoAnswer::Late));
    let again = place.ask(&Question { patience: PATIENT, ..asked.clone() });
    place.worker.answer(&delivery, "at last").await;
    assert_eq!(again.await.unwrap().unwrap(), b"at last");
    assert_eq!(place.questions.ask(asked).await.unwrap(), b"at last");
}

#[tokio::test]
async fn who_never_answers_is_given_up_and_what_nobody_took_is_gone() {
    let place = Place::at(RabbitMq::shared()).await;
    let begun = Instant::now();
    let answer = place.questions.ask(question(&place.queue, IMPATIENT)).await;
    println!("given up after {:?}", begun.elapsed());
    assert_eq!(answer, Err(NoAnswer::Late));
    assert!(begun.elapsed() < IMPATIENT * 3 + Duration::from_secs(1));
    while place.worker.left_in(&place.queue).await > 0 {
        assert!(begun.elapsed() < DEADLINE, "nobody will do it later");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_broker_that_goes_takes_the_answers_with_it_and_is_asked_again_when_it_is_back() {
    let mut broker = RabbitMq::start().unwrap();
    let place = Place::at(&broker).await;
    let mut queue = place.worker.consume(&place.queue).await;
    let lost = question(&place.queue, PATIENT);
    let waiting = place.ask(&lost);
    next(&mut queue).await;
    broker.kill().unwrap();
    assert_eq!(waiting.await.unwrap(), Err(NoAnswer::Late), "it may have been done");
    assert_eq!(place.questions.ask(question(&place.queue, PATIENT)).await, Err(NoAnswer::Nobody));

    broker.start_again().unwrap();
    let place = Place { worker: Other::connect(&broker.url()).await, ..place };
    place.worker.queue(&place.queue).await;
    place.until_connected().await;
    assert_eq!(place.questions.ask(lost).await, Err(NoAnswer::Late), "asked twice, it might be done twice");
    let mut queue = place.worker.consume(&place.queue).await;
    let asked = place.ask(&question(&place.queue, PATIENT));
    let delivery = next(&mut queue).await;
    place.worker.answer(&delivery, "back").await;
    assert_eq!(asked.await.unwrap().unwrap(), b"back");
}
